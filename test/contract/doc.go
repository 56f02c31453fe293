// Package contract holds the engine to what a real Kubernetes does: the same requests of real clients, on both.
//
// DESIGN. Two kinds of promises. What controllers do over time is internal/engine/control/scenario, run here through
// client-go with containers that really run. What the API answers is testdata/*.txtar: requests, and the answers that a
// real Kubernetes gave; `go test ./test/contract -update` asks it again. An answer is compared whole (code, reason,
// causes with their fields, the object with its defaults), except for what no two clusters share: names that are made,
// versions, times, addresses.
package contract
