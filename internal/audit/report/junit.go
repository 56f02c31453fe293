package report

import (
	"encoding/xml"
	"io"

	"github.com/slipway-sh/slipway/internal/audit"
)

type testSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []*testSuite `xml:"testsuite"`
}

type testSuite struct {
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Skipped  int        `xml:"skipped,attr"`
	Cases    []testCase `xml:"testcase"`
}

type testCase struct {
	Name    string   `xml:"name,attr"`
	Class   string   `xml:"classname,attr"`
	File    string   `xml:"file,attr,omitempty"`
	Line    int      `xml:"line,attr,omitempty"`
	Failure *failure `xml:"failure,omitempty"`
	Skipped *skipped `xml:"skipped,omitempty"`
}

type failure struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

type skipped struct {
	Message string `xml:"message,attr"`
}

// JUnit writes the findings as JUnit XML: a suite for every file, a failed case for every finding.
func JUnit(w io.Writer, all []*audit.Finding) error {
	doc := testSuites{Name: "slipway audit"}
	suites := map[string]*testSuite{}
	for _, f := range all {
		s := suites[f.Origin.File]
		if s == nil {
			s = &testSuite{Name: f.Origin.File}
			suites[f.Origin.File] = s
			doc.Suites = append(doc.Suites, s)
		}
		c := testCase{Name: f.Object + " " + f.Field, Class: f.Rule.ID, File: f.Origin.File, Line: f.Origin.Line}
		if f.Ignored != "" {
			c.Skipped = &skipped{f.Ignored}
			s.Skipped++
			doc.Skipped++
		} else {
			c.Failure = &failure{Type: string(f.Severity()), Message: f.Message, Text: f.Origin.String() + "\n" + f.Rule.Why + "\n" + f.Advice + "\n"}
			s.Failures++
			doc.Failures++
		}
		s.Tests++
		doc.Tests++
		s.Cases = append(s.Cases, c)
	}
	if len(doc.Suites) == 0 { // some readers take a report without a case for a run that failed
		doc.Suites = []*testSuite{{Name: "slipway audit", Tests: 1, Cases: []testCase{{Name: "nothing found", Class: "audit"}}}}
		doc.Tests = 1
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
