// Package api serves the Kubernetes API over HTTPS on loopback, for the objects of a store.
//
// DESIGN. What kubectl, Helm and client-go ask of an API server is answered as Kubernetes answers it, with
// apimachinery's own codecs, patches and field managers; k8s.io/apiserver costs more memory before the first request
// than the whole engine may have. What the engine does not serve, be it a group, a kind, a verb or a parameter that
// would change the outcome, is refused by name. Only who holds the client certificate of the kubeconfig is answered.
package api
