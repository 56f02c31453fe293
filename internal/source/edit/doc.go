// Package edit applies objects.Edit values to the text of a YAML file and leaves everything else as it is.
//
// DESIGN. A file belongs to the person who wrote it: its comments, order, quotes, indentation and line endings are
// theirs. No document is re-emitted through an encoder. The YAML parser says where values begin, this package follows
// the text to where they end, and only the bytes in between are replaced. What a splice did is not believed but proved:
// the same change is made on the parsed data, the new text is parsed again, and if the two differ, or if the change
// would show at other places too (an alias, an anchor in use, a merge key), the edit is left out with its reason.
// Paths and lines mean the file as it was written, whatever the other edits of the same call do to it.
package edit
