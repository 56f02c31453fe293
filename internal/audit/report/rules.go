package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/slipway-sh/slipway/internal/audit"
	"github.com/slipway-sh/slipway/internal/audit/rule"
)

// Rules lists rules, a line each.
func Rules(w io.Writer, rules []*rule.Rule) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "RULE\tSEVERITY\tFIX\tWHAT IT FINDS")
	for _, r := range rules {
		fix := ""
		if r.Fixes {
			fix = "yes"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", r.ID, r.Severity, fix, r.Title)
	}
	return tw.Flush()
}

// RulesJSON lists rules for a program.
func RulesJSON(w io.Writer, rules []*rule.Rule) error {
	type entry struct {
		Rule     string        `json:"rule"`
		Severity rule.Severity `json:"severity"`
		Title    string        `json:"title"`
		Why      string        `json:"why"`
		Advice   string        `json:"advice"`
		Fixes    bool          `json:"fixes"`
		Sources  []string      `json:"sources"`
	}
	list := make([]entry, 0, len(rules))
	for _, r := range rules {
		list = append(list, entry{r.ID, r.Severity, r.Title, r.Why, r.Advice, r.Fixes, r.Sources})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(list)
}

// Explain writes what there is to know about a rule.
func Explain(w io.Writer, r *rule.Rule, s Style) {
	p := &printer{w: w, Style: s}
	fmt.Fprintf(w, "%s  %s\n%s.\n\n", p.bold(r.ID), p.severity(r.Severity), r.Title)
	fmt.Fprintf(w, "Why: %s\n\nWhat to do: %s\n", r.Why, r.Advice)
	if r.Compose != "" {
		fmt.Fprintf(w, "In a Compose file: %s\n", r.Compose)
	}
	if r.Fixes {
		fmt.Fprintln(w, "--fix mends it where there is one right answer.")
	}
	if e, ok := audit.ExampleOf(r.ID); ok {
		fmt.Fprintf(w, "\n%s (%s)\n%s", p.bold("Before"), e.File, inset(e.Before))
		if e.After != "" {
			fmt.Fprintf(w, "\n%s\n%s", p.bold("After"), inset(e.After))
		}
	}
	if len(r.Sources) > 0 {
		fmt.Fprintf(w, "\n%s\n", p.bold("Sources"))
		for _, u := range r.Sources {
			fmt.Fprintf(w, "  %s\n", u)
		}
	}
}

func inset(text string) string {
	var b strings.Builder
	for l := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		b.WriteString("  " + l)
	}
	return b.String()
}
