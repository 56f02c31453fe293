// Package report writes what the audit found: for people, and in the formats that other programs read.
//
// DESIGN. One function for each format, from the same findings, in their order. What a program reads is stable: fields
// are added, none is renamed. Values of Secrets never stand in a finding, so none can get into a report.
package report
