// Package kustomize builds a kustomization in memory with the Kustomize library and says where each document came from.
//
// DESIGN. Before the library sees anything, the kustomizations that can be reached are read here: what is missing,
// unknown or deprecated in them is said with its line, and what would leave this machine (a remote base) or run a
// program (a plugin, a Helm chart) is refused. The library then reads through a file system that serves only what was
// read before, so that it can neither fetch nor write. Origins are asked of Kustomize itself and taken out of the
// result again. A field's place is the resource if the value is written there, else the patch or the entry of the
// kustomization that wrote it. It refuses remote bases with an error and not a Problem: without them nobody knows what
// would be delivered.
package kustomize
