// Package typeschema is the schema that server-side apply merges the served kinds by.
//
// DESIGN. It is client-go's own schema (applyconfigurations), of the types that can be reached from the served kinds
// alone, in a file that is small and quick to read. To import client-go's would cost the engine 1 MB at its start and
// 20 MB at the first write: it is half a megabyte of YAML about every kind of every version of Kubernetes. A test holds
// that the file says what client-go says, and writes it anew when it is run with -update.
package typeschema
