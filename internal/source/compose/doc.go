// Package compose compiles a Compose project to Kubernetes objects.
//
// DESIGN. It reads the Compose Specification through compose-go, so that profiles, includes, extends and interpolation
// mean what they mean to Docker Compose, and keeps beside it where every key was written (package position). It
// promises that no key is dropped in silence: a table (keys_*.go) says of every key of the specification whether it is
// carried, left out with a warning, or refused because leaving it out would change what runs; a test compares the table
// with compose-go's own types and schema. What it infers beyond what was written (that a service called dbmigrate is a
// Job, that MySQL without a volume would lose its data) it says in a Note with file and line. It refuses to guess where
// a guess could lose data or open a door: a database with two writers on one volume, a route with authentication that
// nothing here would enforce. One compiler value holds the project; each file of this package makes one sort of object.
package compose
