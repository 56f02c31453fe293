// Package dns answers the names of the cluster from a snapshot, and asks the host's nameservers for all others.
//
// DESIGN. It knows nothing of where names come from: a Zone is given to it whole, replaced whole, and answered from
// memory, so that it can live in another process than the engine and go on while that is dead. A name of the cluster
// that does not exist is refused at once and never asked of anybody else: resolvers try several for each lookup.
// Other questions go to the nameservers of the host's resolv.conf, read again when it changes, never to itself.
// There is no cache: the host's own nameservers have one.
// The names are those of https://github.com/kubernetes/dns/blob/master/docs/specification.md, version 1.1.0.
// It imports only miekg/dns and the standard library.
package dns
