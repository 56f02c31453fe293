package report

import (
	"encoding/json"
	"io"

	"github.com/slipway-sh/slipway/internal/audit"
	"github.com/slipway-sh/slipway/internal/audit/rule"
)

type document struct {
	Summary  summary   `json:"summary"`
	Findings []finding `json:"findings"`
}

type summary struct {
	Refused  int `json:"refused"`
	Broken   int `json:"broken"`
	Risk     int `json:"risk"`
	Ignored  int `json:"ignored"`
	Mendable int `json:"mendable"`
}

type finding struct {
	Rule     string        `json:"rule"`
	Severity rule.Severity `json:"severity"`
	Object   string        `json:"object"`
	File     string        `json:"file"`
	Line     int           `json:"line"`
	Field    string        `json:"field"`
	Message  string        `json:"message"`
	Why      string        `json:"why"`
	Advice   string        `json:"advice"`
	Snippet  string        `json:"snippet,omitempty"`
	Mendable bool          `json:"mendable"`
	Ignored  string        `json:"ignored,omitempty"` // the reason
}

// JSON writes one document: a summary and the findings.
func JSON(w io.Writer, all []*audit.Finding) error {
	d := document{Findings: make([]finding, 0, len(all))}
	n := audit.Counts(all)
	d.Summary = summary{Refused: n[rule.Refused], Broken: n[rule.Broken], Risk: n[rule.Risk]}
	for _, f := range all {
		switch {
		case f.Ignored != "":
			d.Summary.Ignored++
		case f.Mendable():
			d.Summary.Mendable++
		}
		d.Findings = append(d.Findings, finding{
			Rule: f.Rule.ID, Severity: f.Severity(), Object: f.Object, File: f.Origin.File, Line: f.Origin.Line, Field: f.Field,
			Message: f.Message, Why: f.Rule.Why, Advice: f.Advice, Snippet: f.Snippet, Mendable: f.Mendable(), Ignored: f.Ignored,
		})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(d)
}
