// Package script reads the commands that a person runs beside the manifests and says what they create.
//
// DESIGN. Nothing is ever run. A shell script is parsed as one; any other text, such as the commands of an article with
// prompts and output in between, is read line by line, and what begins with a known command is parsed with the lines that
// belong to it. A small walk over the syntax tree follows what is plain to see: variables that are set to literals, files
// that echo or a here-document writes, pipes into kubectl, loops over given words. What cannot be known (the output of
// other programs) is marked as unknown in the text and never guessed: an object without a known name is left out, a
// value without known content is Placeholder. Files are read only below the folder of the script, since a foreign script
// must not make Slipway open anything else. The walk counts its steps, so that loops within loops end.
package script
