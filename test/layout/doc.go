// Package layout holds the tests that keep the shape of the code: who may import whom, and how long a file may be.
package layout
