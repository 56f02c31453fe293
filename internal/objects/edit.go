package objects

// EditOp is what an Edit does.
type EditOp string

const (
	// EditSet gives a field a value; what is missing around it is made. The index after the last of a list appends.
	EditSet EditOp = "set"
	// EditRemove takes a field, or an item of a list, away.
	EditRemove EditOp = "remove"
	// EditRename gives a key another name (Value, a string) and leaves its value.
	EditRename EditOp = "rename"
	// EditLines puts the text in Value (a string; empty: nothing) in the place of the lines First to Last of the file.
	EditLines EditOp = "lines"
	// EditAdd puts a new document (Value, as for EditSet) at the end of the file.
	EditAdd EditOp = "add"
)

// Edit is one change to a file that a person wrote. It names a place in the file as it is written, not in the object
// that was read from it, and says nothing about comments, order or style: those stay.
type Edit struct {
	File        string // as in Origin
	Doc         int    // which document of the file, from 0, empty ones counted
	Op          EditOp
	Path        string // of the field, as ParsePath reads it
	Value       any    // string, bool, int64, float64, nil, []any, map[string]any or Ordered
	First, Last int    // lines, from 1, both included
}

// Ordered is a mapping whose keys are to be written in this order.
type Ordered []KeyValue

// KeyValue is one entry of an Ordered.
type KeyValue struct {
	Key   string
	Value any
}
