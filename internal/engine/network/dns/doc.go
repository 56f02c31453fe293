// Package dns answers for the names of Services and pods, and forwards everything else.
//
// DESIGN. It runs in the process that keeps the containers, so that names are answered also while no engine runs; the
// engine hands it a Zone whenever one changes. What ends in the cluster's domain is answered from the zone alone and at
// once; it forwards nothing of it. The records are those of Kubernetes' DNS-based service discovery:
// https://github.com/kubernetes/dns/blob/master/docs/specification.md
package dns
