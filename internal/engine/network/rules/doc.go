// Package rules holds a packet filter table as a value and brings the kernel's table to it.
//
// DESIGN. What the network wants is computed whole, each time, as a Table: chains of rules and sets. Commit compares
// it with what was committed last and sends the difference as one transaction, so that the cost of a change is that
// of the change and a packet meets either the old table or the new one. The first commit replaces the whole table in
// one transaction: nothing is assumed of what an earlier process left, and its rules serve until that moment. What
// the kernel itself learns (which client went to which endpoint) is read back first and kept.
// A rule carries its text, which says everything about it: texts are compared, shown and tested.
package rules
