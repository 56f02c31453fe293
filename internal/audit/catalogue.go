package audit

import (
	"cmp"
	"io/fs"
	"slices"
	"sync"

	"golang.org/x/tools/txtar"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/compose"
	"github.com/slipway-sh/slipway/internal/audit/rules/config"
	"github.com/slipway-sh/slipway/internal/audit/rules/edge"
	"github.com/slipway-sh/slipway/internal/audit/rules/image"
	"github.com/slipway-sh/slipway/internal/audit/rules/network"
	"github.com/slipway-sh/slipway/internal/audit/rules/reading"
	"github.com/slipway-sh/slipway/internal/audit/rules/security"
	"github.com/slipway-sh/slipway/internal/audit/rules/storage"
	"github.com/slipway-sh/slipway/internal/audit/rules/tools"
	"github.com/slipway-sh/slipway/internal/audit/rules/workload"
)

// rooms are the rules by subject, each with the cases that test them.
var rooms = []struct {
	name  string
	rules []*rule.Rule
	cases fs.FS
}{
	{"reading", reading.Rules, reading.Cases},
	{"compose", compose.Rules, compose.Cases},
	{"config", config.Rules, config.Cases},
	{"edge", edge.Rules, edge.Cases},
	{"image", image.Rules, image.Cases},
	{"network", network.Rules, network.Cases},
	{"security", security.Rules, security.Cases},
	{"storage", storage.Rules, storage.Cases},
	{"tools", tools.Rules, tools.Cases},
	{"workload", workload.Rules, workload.Cases},
}

var table = sync.OnceValues(func() ([]*rule.Rule, map[string]*rule.Rule) {
	var all []*rule.Rule
	byID := map[string]*rule.Rule{}
	for _, room := range rooms {
		for _, r := range room.rules {
			all = append(all, r)
			byID[r.ID] = r
		}
	}
	slices.SortStableFunc(all, func(a, b *rule.Rule) int {
		return cmp.Or(cmp.Compare(slices.Index(rule.Severities, a.Severity), slices.Index(rule.Severities, b.Severity)), cmp.Compare(a.ID, b.ID))
	})
	return all, byID
})

// Rules lists all rules: by severity, then by name.
func Rules() []*rule.Rule { all, _ := table(); return all }

// Find returns the rule of that name, nil if there is none.
func Find(id string) *rule.Rule { _, byID := table(); return byID[id] }

// Example is how something looks that a rule finds, and how it looks well.
type Example struct{ File, Before, After string }

// ExampleOf shows a rule by the first files of the case that tests it.
func ExampleOf(id string) (Example, bool) {
	for _, room := range rooms {
		text, err := fs.ReadFile(room.cases, "cases/"+id+".txtar")
		if err != nil {
			continue
		}
		e := Example{}
		for _, f := range txtar.Parse(text).Files {
			before, isBefore := cut(f.Name, "bad/")
			_, isFixed := cut(f.Name, "fixed/")
			_, isGood := cut(f.Name, "good/")
			switch {
			case isBefore && e.Before == "":
				e.File, e.Before = before, string(f.Data)
			case isFixed, isGood && e.After == "":
				e.After = string(f.Data)
			}
		}
		return e, e.Before != ""
	}
	return Example{}, false
}

func cut(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return s, false
}
