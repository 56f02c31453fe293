// Package manifest reads Kubernetes manifests as people write them, and gives typed objects with the place of every
// field.
//
// DESIGN. It never stops at a fault: what is not YAML, not an object, of an API version that is gone, of the wrong type
// or unknown, becomes a Problem with file and line, and everything else in the document, the file and the folder is
// read on, as if the fault had been mended where there is one likely meaning. Old API versions are brought to current
// ones (package upgrade), not-quite YAML is mended in memory (package repair); a Problem says which. Texts become values
// as Kubernetes clients make them (YAML 1.1: a plain yes is true), and values are fitted to the Go types that an API
// server decodes into, so that what is said here is what a server says with fieldValidation=Strict. Places are kept as a
// tree beside the object; documents are read side by side, in time that grows with their size alone.
package manifest
