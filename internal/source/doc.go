// Package source reads what a person already has, a Compose project or Kubernetes manifests, and gives the objects of
// the application.
//
// DESIGN. One function, Load, finds the files as Docker Compose does when none are named, looks at their content (not
// their names) to see what they are, and hands them to the reader for that sort: compose, and later manifests. It
// promises errors that begin with file and line. It refuses a mixture of both sorts, because nobody could say which of
// two descriptions of a service holds.
package source
