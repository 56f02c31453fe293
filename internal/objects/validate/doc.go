// Package validate refuses what a Kubernetes API server refuses, in its words.
//
// DESIGN. Create and Update judge an object with its defaults filled in (package defaults) as a current API server
// judges it, so that an error which production would raise is raised here, with the same field and message. They know
// nothing of other objects and nothing of what the engine carries: that is package support. A field that only the
// engine refuses (a cloud's disk, a resource claim) is not judged twice. Golden cases hold the answers of a real API
// server.
package validate
