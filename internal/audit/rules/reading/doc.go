// Package reading is the catalogue of what readers find in the text itself, and the judgement of single objects as an
// API server judges them.
//
// DESIGN. Most of these rules have no Check: a reader (package source and those below it) makes a Problem with the
// rule's name, since only it sees the text. What they are called, why they matter and what to do is said here, beside
// all other rules, so that they can be listed, explained and ignored alike.
package reading
