// Package event writes Events: what happened to an object, for a person to read with `kubectl describe`.
//
// DESIGN. The same thing happening again makes no new Event but counts up the old one, and at most once a second, so
// that a container that crashes in a loop costs little. Writing an Event never waits and never fails its caller: an
// Event that cannot be written (its namespace is being deleted) is dropped.
package event
