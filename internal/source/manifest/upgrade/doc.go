// Package upgrade brings a manifest of an old API version to the current one and says every change.
//
// DESIGN. It works on the decoded document, before there is a typed object, because the old types are gone from the
// libraries as they are from the API servers. What became of a version is a fact of a table: the lifecycles that
// k8s.io/api carries, and beside them the versions that have left that library and those of well-known products. A
// conversion only reads: it gathers edits at the places of the document as it was written, and the document is then
// changed by those edits and nothing else, so that what is delivered and what --fix writes into the file are the same.
// What runs stays the same where the default of a version changed and that decides how safely pods are replaced; other
// changed defaults are said, not written. There is no guessing: what has no automatic way is left alone and named.
package upgrade
