// Package reach tells whether the NetworkPolicies of an application let one pod connect to another.
//
// DESIGN. It evaluates policies as Kubernetes defines them: a pod that no policy chooses is open, one that some choose is
// open to the union of what they allow, and a connection needs both the way out of its source and the way in to its
// target. Where the files do not say enough (the labels of a namespace that is not described, the address of a node), it
// answers that the connection is let through, because a rule may call broken only what is certain. It knows nothing of
// why one pod needs another; the rules say that.
package reach
