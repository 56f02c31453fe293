package edit

import (
	"errors"
	"fmt"
)

// Reasons for which an edit is left out, to be compared with errors.Is.
var (
	// ErrSyntax: the document is not YAML.
	ErrSyntax = errors.New("the document is not YAML")
	// ErrDuplicate: a mapping has the same key twice, and which of them counts depends on the reader.
	ErrDuplicate = errors.New("a key is there twice")
	// ErrShared: the value is also used elsewhere, through an alias or a merge key.
	ErrShared = errors.New("the value is shared with other places")
	// ErrPath: the path does not fit what is written there.
	ErrPath = errors.New("the path does not fit the document")
	// ErrValue: the value cannot be written as YAML.
	ErrValue = errors.New("the value cannot be written")
	// ErrLines: the lines are not in the file, or another edit changes them too.
	ErrLines = errors.New("the lines cannot be replaced")
	// ErrUnproved: the text after the edit would not say what the edit asks for.
	ErrUnproved = errors.New("the text would not say what is asked for")
)

func pathError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrPath, fmt.Sprintf(format, args...))
}
