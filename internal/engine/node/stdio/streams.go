package stdio

import "io"

// Streams are those of a command that is run in a container; those not asked for are nil.
type Streams struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	TTY            bool
	Resize         <-chan Size // of the terminal; closed when the client has gone
}

// Size is that of a terminal, in characters.
type Size struct{ Width, Height uint16 }
