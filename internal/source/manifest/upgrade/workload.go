package upgrade

import (
	"fmt"
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
)

func noRollback(p *plan) {
	p.dropped(p.spec(), "rollbackTo", `is gone: "kubectl rollout undo" does that`)
}

func noGeneration(p *plan) {
	p.dropped(p.spec(), "templateGeneration", "is gone: Kubernetes counts templates itself")
}

// selector writes what the old versions took from the labels of the template.
func selector(p *plan) {
	spec := p.spec()
	labels := spec.child("template", "metadata", "labels")
	if spec.has("selector") || len(labels.m) == 0 {
		return
	}
	p.require(fmt.Sprintf("spec.selector is required: it has the labels of the template, from which %s made it", p.oldOr("old versions")),
		spec.set("selector", objects.Ordered{{Key: "matchLabels", Value: written(labels.m)}}))
}

// oldOr names the version that the document was written in.
func (p *plan) oldOr(otherwise string) string {
	if p.from == p.to {
		return otherwise
	}
	return p.from.GroupVersion().String()
}

// onDelete keeps the update strategy that was the default: a new template reached pods only as they were deleted.
func onDelete(p *plan) {
	spec := p.spec()
	strategy := spec.child("updateStrategy")
	old := p.from.GroupVersion()
	switch {
	case !spec.here() || strategy.has("type"):
	case len(strategy.m) > 0:
		p.note(spec.path("updateStrategy"), fmt.Sprintf("spec.updateStrategy.type is RollingUpdate by default; in %s it was OnDelete, and what is written beside it had no effect", old))
	default:
		p.say(fmt.Sprintf("spec.updateStrategy is written as it was by default in %s, OnDelete: pods are replaced only when someone deletes them; "+
			"take the line out for a rolling update, the default today", old),
			spec.set("updateStrategy", objects.Ordered{{Key: "type", Value: "OnDelete"}}))
	}
}

// changedDefault is a field whose value, if it is not written, is another one than it was.
type changedDefault struct {
	field string
	text  string
}

var deploymentExtensions = []changedDefault{
	{"strategy", "a rolling update replaces a quarter of the pods at a time (it was one)"},
	{"progressDeadlineSeconds", "it counts as failed after 600 s without progress (it never did)"},
	{"revisionHistoryLimit", "10 old revisions are kept (it was all)"},
}

var deploymentBeta1 = []changedDefault{
	{"revisionHistoryLimit", "10 old revisions are kept (it was 2)"},
}

// changedDefaults says, and does not write, what is different for whoever left it to the API.
func changedDefaults(defaults []changedDefault) step {
	return func(p *plan) {
		var texts []string
		for _, d := range defaults {
			if spec := p.spec(); spec.here() && !spec.has(d.field) {
				texts = append(texts, d.text)
			}
		}
		if texts != nil {
			p.note("spec", "defaults that are not those of "+p.from.GroupVersion().String()+": "+strings.Join(texts, "; "))
		}
	}
}

// manualSelector keeps a selector that a person wrote: batch/v1 makes its own unless told.
func manualSelector(p *plan) {
	spec := p.spec()
	auto, _ := spec.m["autoSelector"].(bool)
	p.dropped(spec, "autoSelector", "is gone: batch/v1 makes the selector unless manualSelector is true")
	if spec.has("selector") && !auto && !spec.has("manualSelector") {
		p.require("spec.manualSelector is required for a selector of one's own", spec.set("manualSelector", true))
	}
}

// emptySelector tells of the one thing that is different about budgets.
func emptySelector(p *plan) {
	sel, ok := p.spec().m["selector"].(map[string]any)
	if !ok {
		return
	}
	labels, _ := sel["matchLabels"].(map[string]any)
	expressions, _ := sel["matchExpressions"].([]any)
	if len(labels)+len(expressions) == 0 {
		p.note("spec.selector", "spec.selector is empty: that chose no pod in policy/v1beta1 and chooses every pod of the namespace in policy/v1")
	}
}
