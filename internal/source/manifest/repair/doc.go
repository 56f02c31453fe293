// Package repair finds why a text is not the YAML that its author meant, and mends what has one likely meaning.
//
// DESIGN. Texts come from web pages, word processors, terminals and template engines as often as from an editor. A
// scanner of our own, which forgives everything, cuts a document into tokens, so that what is content (comments, quoted
// texts, block scalars) is never touched: typographic quotes and non-breaking spaces are good French there, and so are
// braces in a dashboard. Mends are made one at a time, on lines, each for one cause; the YAML parser is the judge after
// every one, and a mend that does not lead to YAML is taken back. A text keeps its number of lines, so that places hold.
// Placeholders of templates get plausible values to read on with, which are never written to the file. Every cause is one
// Problem, and what has one right answer comes with the edits that put it in place.
package repair
