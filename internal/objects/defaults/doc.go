// Package defaults fills in what a Kubernetes API server fills in.
//
// DESIGN. Set gives an object the values that its author left to Kubernetes, exactly those that the defaulting
// functions and the admission plugins of a current API server give, so that what is compared, diffed and run here is
// what would be on a cluster. It is idempotent and needs nothing but the object; what needs other objects (the default
// StorageClass, addresses of Services) belongs to who holds them. Create and Update do the rest of what a server does
// before it judges: empty the status, keep what an update cannot change. Golden cases hold the answers of a real API
// server.
package defaults
