// Package audit holds audit to what a real API server says: what is called refused is refused there, what is not is
// accepted.
//
// DESIGN. The server is asked as a client would ask it: the text of one document, as it was written, to be created in
// earnest but for a dry run, with strict validation of fields. What it is asked comes from well-made manifests
// (testdata/kinds, one or more of every kind; our examples; the published deployments where they are at hand) and from
// mutations of them: each is one mistake that people make, put into one place, chosen by a seed, so that a disagreement
// has a name and comes again. What a server says because of other objects that it holds (an account that is not
// there, a port that another Service has) is no part of the comparison: audit sees the application, not a cluster.
package audit
