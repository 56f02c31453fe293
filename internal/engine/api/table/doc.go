// Package table prints objects as kubectl get shows them.
//
// DESIGN. The server, not kubectl, decides what the columns of `kubectl get` say; these are the columns and words of
// Kubernetes' own printers (pkg/printers/internalversion), so that a reader sees the same on the engine as on a
// cluster. Columns of priority 1 are those of `-o wide`. A row is made from one object alone and never fails.
package table
