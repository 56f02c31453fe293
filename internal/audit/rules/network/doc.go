// Package network finds Services and NetworkPolicies that miss the pods they are for.
//
// DESIGN. Both choose pods by labels, and a label that differs in one letter is no error to an API server: the Service has
// no endpoints, the policy protects nothing or shuts out those it was to let in. So every selector is put to the pod
// templates of the files, and what programs need of each other (their environment, routes, Jobs, scrape annotations) is
// put to the policies as a whole (package reach). A pod that an operator makes has no template here: a selector that may
// be for one is not judged.
package network
