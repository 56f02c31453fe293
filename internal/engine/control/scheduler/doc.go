// Package scheduler places pods on the node, if they fit, and says why not.
//
// DESIGN. The filters and their words are those of Kubernetes' scheduler (pkg/scheduler/framework/plugins); scores,
// preemption and priorities are left out, since there is one node to choose. All decisions are made one after the
// other on the store itself, so that two pods never get the same port or the last memory. A pod that does not fit is
// looked at again when something changes that could help it, not by time.
package scheduler
