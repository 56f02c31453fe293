package storage

import (
	"embed"
	"slices"
)

// Cases are the files that test the rules, one each.
//
//go:embed cases/*.txtar
var Cases embed.FS

const (
	docs       = "https://kubernetes.io/docs/"
	volumesDoc = docs + "concepts/storage/volumes/"
	claimsDoc  = docs + "concepts/storage/persistent-volumes/"
	classesDoc = docs + "concepts/storage/storage-classes/"
)

// Rules are the rules of this room.
var Rules = slices.Concat(claims, binding, keeping, plugins, nodes, sharing, databases)
