// Package gateway carries HTTP from outside to pods, as Ingress objects say.
//
// DESIGN. The route table is made anew from Ingresses, Services and EndpointSlices at every change and swapped in one
// step; a request keeps the table's word only until it has an endpoint. Connections go to pods themselves, never to a
// Service's address, so that a pod gets no new request from the moment it is not ready, terminating or drained, while
// those in flight finish. A request that did not begin is tried on another pod, and where none is ready it waits a
// bounded time, which hides the gap of a restart. What may have begun is never sent twice unless HTTP calls it safe.
// Connections carry a mark by which NetworkPolicy judges them as a pod of kube-system (DESIGN, decision 5).
// Refused, with an Event: backends that are not Services, TLS before there are certificates, unknown annotations.
package gateway
