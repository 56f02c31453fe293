package audit

import (
	"cmp"
	"runtime"
	"slices"
	"sync"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

// Finding is one thing that is wrong with one object.
type Finding = rule.Finding

// Rule is one thing that is looked for.
type Rule = rule.Rule

// Run looks at an application by all rules. What is ignored is among the findings, with the reason.
func Run(app *objects.Application, ignores []Ignore) []*Finding {
	g := objects.NewGraph(app)
	rules := Rules()
	byRule := make([][]*Finding, len(rules))
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				byRule[i] = rule.Run(rules[i], g)
			}
		})
	}
	for i := range rules {
		next <- i
	}
	close(next)
	wg.Wait()
	all := problems(app)
	for _, f := range byRule {
		all = append(all, f...)
	}
	for _, f := range all {
		f.Settle()
	}
	all = append(all, ignore(all, app, ignores)...)
	Sort(all)
	return slices.CompactFunc(all, func(a, b *Finding) bool {
		return a.Rule == b.Rule && a.Origin == b.Origin && a.Object == b.Object && a.Field == b.Field && a.Message == b.Message
	})
}

// problems are the findings that readers made.
func problems(app *objects.Application) []*Finding {
	var all []*Finding
	for _, p := range app.Problems {
		r := Find(p.Rule)
		if r == nil {
			// A mistake of ours, which tests look for; what was seen is said all the same.
			r = &Rule{ID: p.Rule, Severity: rule.Refused, Title: p.Text, Why: "No rule of the catalogue says.", Advice: p.Advice}
		}
		all = append(all, &Finding{Rule: r, Object: p.Object, Origin: p.Origin, Field: p.Field, Message: p.Text, Advice: p.Advice, Edits: p.Edits, Mended: p.Mended})
	}
	return all
}

// Sort puts findings in the order of the text: by file, line, severity and rule.
func Sort(all []*Finding) {
	slices.SortStableFunc(all, func(a, b *Finding) int {
		return cmp.Or(
			cmp.Compare(a.Origin.File, b.Origin.File),
			cmp.Compare(a.Origin.Line, b.Origin.Line),
			cmp.Compare(rank(a), rank(b)),
			cmp.Compare(a.Object, b.Object),
			cmp.Compare(a.Rule.ID, b.Rule.ID),
			cmp.Compare(a.Field, b.Field),
			cmp.Compare(a.Message, b.Message),
		)
	})
}

func rank(f *Finding) int { return slices.Index(rule.Severities, f.Severity()) }
