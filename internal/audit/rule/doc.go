// Package rule is what a rule of the audit is, and what it finds.
//
// DESIGN. A rule is a value: what it is called, how bad it is, why, what to do, where that is written down, and a
// function that looks at the graph of an application and reports. A finding is a value too: object, field, place, what
// is wrong, what to do, and the edits that mend it if there is one right answer. So rules can be listed, explained,
// run side by side and tested each by one file; nothing here prints, and nothing here reads or writes a file.
package rule
