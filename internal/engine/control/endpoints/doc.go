// Package endpoints says in EndpointSlices which pods answer for a Service.
//
// DESIGN. The rules are those of Kubernetes' EndpointSlice controller (k8s.io/endpointslice), with slices of up to
// 1000 endpoints, the API's limit, so that nearly every Service has one. It is on the path of updates without loss:
// a pod that is told to go is terminating in the slice with the next write, before its containers are told. Services
// without a selector are left to whoever writes their slices; topology hints do not exist on one machine.
package endpoints
