// Package tools is the catalogue of what is found in the files of tools that stand beside manifests: scripts, Terraform,
// kustomizations and charts.
//
// DESIGN. None of these rules has a Check: the readers below package source see the text, which is gone once there are
// objects, and make Problems of it. What the rules are called, why they matter and what to do is said here, in one
// table for each tool, and a test holds the tables and the readers' sources together, so that no reader can report what
// nobody can look up.
package tools
