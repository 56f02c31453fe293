package chart

import (
	"cmp"
	"path"
	"slices"
	"strings"

	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
	"sigs.k8s.io/yaml"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/rendered"
)

// hooks are the moments that Helm knows.
var hooks = set("pre-install", "post-install", "pre-delete", "post-delete", "pre-upgrade", "post-upgrade", "pre-rollback", "post-rollback", "test", "test-success")

// split makes the documents of what one template gave.
func (r *render) split(name, text string) []rendered.Document {
	file := r.files[name]
	if file == nil || path.Base(name) == "NOTES.txt" || strings.TrimSpace(text) == "" {
		return nil
	}
	manifests := releaseutil.SplitManifests(text)
	order := make([]string, 0, len(manifests))
	for key := range manifests {
		order = append(order, key)
	}
	slices.SortFunc(order, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })

	if file.parts == nil {
		file.parts = partsOf(file.lines)
	}
	var docs []rendered.Document
	next := 0 // the first part that the next document may come from, if it fits as well as another
	for _, key := range order {
		body := manifests[key]
		var head releaseutil.SimpleHead
		err := yaml.Unmarshal([]byte(body), &head)
		p := file.match(body, head.Kind, next)
		at := objects.Origin{File: file.path, Line: file.parts[p].line(file.lines, head.Kind)}
		if err != nil {
			at.Line = file.lineOfError(err, body, p)
			r.problem(RuleBroken, at, "What the template gives is no YAML: %s.", oneLine(err))
			continue
		}
		next = p
		made, test := r.wanted(head, at)
		if head.Kind == "" && head.Version == "" && nothing(body) || !made {
			continue
		}
		docs = append(docs, rendered.Document{Text: []byte(body), File: file.path, Line: at.Line, Place: file.placer(body, p), Test: test})
	}
	return docs
}

func nothing(body string) bool {
	var v any
	return yaml.Unmarshal([]byte(body), &v) == nil && v == nil
}

// wanted leaves out what Helm never makes, and tells tests, which it makes only when it is told to.
func (r *render) wanted(head releaseutil.SimpleHead, at objects.Origin) (made, test bool) {
	if head.Metadata == nil {
		return true, false
	}
	value, hook := head.Metadata.Annotations["helm.sh/hook"]
	if !hook {
		return true, false
	}
	test = true
	for _, h := range strings.Split(value, ",") {
		h = strings.ToLower(strings.TrimSpace(h))
		if !hooks[h] {
			r.problems = append(r.problems, objects.Problem{
				Rule: RuleHook, Origin: at, Object: strings.ToLower(head.Kind) + " " + head.Metadata.Name,
				Text: "Helm knows no hook \"" + h + "\" and never makes this object.",
			})
			return false, false
		}
		test = test && strings.HasPrefix(h, "test")
	}
	return true, test
}
