// Package chart renders a Helm chart with the Helm library and says where each document came from.
//
// DESIGN. It renders what "helm install" would on the Kubernetes that Slipway audits for, without network or cluster:
// lookup is empty, DNS is off, and a schema that refers elsewhere is not followed. A template that fails is reported
// with its line and left out, so that the rest is still seen; a dependency that is not in charts/ likewise. A chart is
// a program: its loops and definitions are made to ask a budget of time and memory, and the functions that can make
// much out of little are bounded. Templates do not say which line made which field: the object's place is the best
// match of its lines with the parts of the template, and a field's is the line with its key, its value and the keys
// around it.
package chart
