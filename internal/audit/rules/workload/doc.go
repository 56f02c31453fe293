// Package workload is the rules about what runs: how many pods, how they are scaled, spread, updated, probed, limited
// and stopped, and what does not belong beside what in one pod.
//
// DESIGN. One file for each subject: its rules as a table, then their checks. A server is what a Service chooses or
// what declares a port; what is asked of servers (replicas, readiness, a graceful stop) is not asked of Jobs, nor of
// databases where more pods would not be more safety. What Slipway's compiler adds to a Compose project by itself is
// not asked of its author.
package workload
