package deliver

import (
	"fmt"
	"strings"
)

// RolledBackError is the cause of a failure, and how things are after everything was put back.
type RolledBackError struct {
	Cause   error
	Deleted []Ref   // what the run had created
	PutBack []Ref   // what it had changed
	Serving bool    // a version from before serves
	Trouble []error // what could not be taken back
}

// Error is the cause, then what was done about it.
func (e *RolledBackError) Error() string {
	var b strings.Builder
	b.WriteString(e.Cause.Error())
	b.WriteString("\nrolled back: ")
	var did []string
	if n := len(e.PutBack); n > 0 {
		did = append(did, fmt.Sprintf("%s put back as before", count(n)))
	}
	if n := len(e.Deleted); n > 0 {
		did = append(did, fmt.Sprintf("%s new and deleted again", count(n)))
	}
	b.WriteString(strings.Join(append(did, "nothing else had changed")[:max(1, len(did))], ", "))
	if len(e.Trouble) == 0 && e.Serving {
		b.WriteString("; the version before is serving")
	}
	for _, err := range e.Trouble {
		b.WriteString("\n  but: " + strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	return b.String()
}

func count(n int) string {
	if n == 1 {
		return "1 object"
	}
	return fmt.Sprintf("%d objects", n)
}

// Unwrap is the cause.
func (e *RolledBackError) Unwrap() error { return e.Cause }

// LeftError is the cause of a failure after which nothing was put back, because that was asked for.
type LeftError struct {
	Cause error
	Done  *ChangeSet
}

// Error is the cause, then how things are.
func (e *LeftError) Error() string {
	return fmt.Sprintf("%s\nnot rolled back: %s; run up again to go on, or down to end it", e.Cause, e.Done)
}

// Unwrap is the cause.
func (e *LeftError) Unwrap() error { return e.Cause }
