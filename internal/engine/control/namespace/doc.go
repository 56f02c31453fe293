// Package namespace empties namespaces that are being deleted, and gives every other its default ServiceAccount.
//
// DESIGN. As in Kubernetes (pkg/controller/namespace): a Terminating namespace takes nothing new in, everything in it
// is deleted with the usual grace, its conditions say what is left, and when nothing is, the finalizer `kubernetes`
// goes and the namespace with it. That it takes nothing new in is the
// API's admission to see to.
package namespace
