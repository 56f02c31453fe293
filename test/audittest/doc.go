// Package audittest runs the cases of audit rules.
//
// DESIGN. A case is one file, cases/RULE.txtar: the files that the rule finds fault with (bad/…), the findings, files
// that look alike and are well (good/…), and what --fix makes of the bad ones (fixed/…). It goes the way that a command
// goes, through the readers of real files, so that a rule is tested with what a person writes, and places with it.
package audittest
