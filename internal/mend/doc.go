// Package mend audits files and mends in them what has one right answer.
//
// DESIGN. It stands above the readers and the rules, because mending goes in a circle: read, judge, edit the text, and
// read again, until nothing that can be mended is left. Some mends make others possible (only an object of a current
// API version can be judged whole), so one round is not enough; a bound keeps rules that undo each other from going on
// for ever. Everything happens in memory; files are written at the end, each at once or not at all, with their mode
// kept. What Kustomize, Helm or a Compose file made into objects is never edited by way of the objects.
package mend
