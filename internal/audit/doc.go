// Package audit says what keeps an application from production: what a Kubernetes API server refuses, what it takes and
// does not work, and what is a risk.
//
// DESIGN. It looks at the graph of an application, not at one object after the other, because what is taken and does
// not work is nearly always between two objects. Every rule is a value (package rule) in a room of its subject (rules/…),
// with one file of cases that tests it and that "explain" shows; Rules is the table of all. Run is pure: an application
// in, findings out, always in the same order, whatever number of processors ran the rules; it reads no file, needs no
// network, no root and no cluster, and its time grows with the number of objects alone. What a reader saw in the text
// itself (objects.Problem) is a finding like any other. It knows nothing of Compose or YAML beyond the place and the
// path that every field carries.
package audit
