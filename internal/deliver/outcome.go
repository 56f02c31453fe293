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
	Trouble []error // what could not be taken back
}

// Error is the cause, then what was done about it.
func (e *RolledBackError) Error() string {
	var b strings.Builder
	b.WriteString(e.Cause.Error())
	b.WriteString("\nrolled back: ")
	switch {
	case len(e.PutBack) > 0 && len(e.Deleted) > 0:
		fmt.Fprintf(&b, "%d put back as they were, %d new ones deleted", len(e.PutBack), len(e.Deleted))
	case len(e.PutBack) > 0:
		fmt.Fprintf(&b, "%d put back as they were", len(e.PutBack))
	default:
		fmt.Fprintf(&b, "%d new ones deleted", len(e.Deleted))
	}
	if len(e.Trouble) == 0 && len(e.PutBack) > 0 {
		b.WriteString("; the version before is serving")
	}
	for _, err := range e.Trouble {
		b.WriteString("\n  but: " + strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	return b.String()
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
