// Package definition refuses the CustomResourceDefinitions that a Kubernetes API server refuses, in its words.
//
// DESIGN. It is package validate for one more kind, and stands apart because its types and the schemas' own rules come
// from the library of the API server's extensions, which an engine without such kinds need not link. Schemas are judged
// by that library's rules of structure, defaults by their schemas. Rules in CEL (x-kubernetes-validations) are not
// compiled: that takes most of an API server; what stands around them is judged.
package definition
