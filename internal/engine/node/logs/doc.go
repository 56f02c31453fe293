// Package logs reads back what the keeper wrote of a container's output.
//
// DESIGN. It goes from one file to the next by the numbers under which the keeper put them aside, so that following
// a log loses and repeats nothing when it is rotated. It promises no more than the kept files hold.
package logs
