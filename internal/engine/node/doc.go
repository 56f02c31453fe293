// Package node runs the pods of this machine: it is to the engine what the kubelet is to a cluster.
//
// DESIGN. Each pod has one goroutine, its worker, that alone touches what is known of the pod and looks at the whole
// of it whenever anything happens: what is wanted, what runs, what is next. What takes time is done elsewhere and
// reported back. Before a container is started its number is written beside the pod; the keeper starts a number once;
// so an engine that is killed at any moment and started again finds out what became of everything and goes on.
// Words of statuses, conditions and events are the kubelet's, since people and programs know them. It refuses nothing:
// what the engine cannot carry was refused when the pod was created.
package node
