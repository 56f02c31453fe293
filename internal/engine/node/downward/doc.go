// Package downward answers what a pod may ask about itself: its fields, and the limits of its containers.
//
// DESIGN. The fields are those of the API reference for ObjectFieldSelector and ResourceFieldSelector; any other is an
// error, as a Kubernetes API server would have refused it.
package downward
