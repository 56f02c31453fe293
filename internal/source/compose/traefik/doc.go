// Package traefik reads the labels by which Traefik (version 1, 2 and 3) finds its routes on containers.
//
// DESIGN. It promises routes that an Ingress can carry: hosts, and paths as a prefix or exactly. A rule is brought into
// disjunctive form; what an Ingress cannot say (headers, methods, regular expressions, negation) is a Problem with the
// label's name, because a route without its condition would let in more than was meant. Middlewares that change paths
// or headers are effects; those that keep people out are refused, never dropped. It knows nothing of Compose or of
// Kubernetes.
package traefik
