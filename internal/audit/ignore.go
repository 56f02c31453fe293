package audit

import (
	"fmt"
	"path"
	"strings"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

// IgnorePrefix begins the annotation by which an object is not to be judged by a rule, with the reason as its value:
// ignore.slipway.dev/service-selects-nothing: "the pods are those of another repository".
const IgnorePrefix = "ignore.slipway.dev/"

// Ignore is one thing that is not to be found, and why.
type Ignore struct {
	Rule   string         // its name, or a pattern: terraform-*
	Object string         // "deployment shop/api", or a pattern; empty: all
	File   string         // a pattern of the file's path or name; empty: all
	Reason string         // never empty
	Origin objects.Origin // where that was said
}

// ignore marks what the annotations and the given list leave out, and returns findings about what they say wrongly.
func ignore(all []*Finding, app *objects.Application, list []Ignore) []*Finding {
	var wrong []*Finding
	said := map[string]map[string]string{} // by object's title and rule
	for _, o := range app.Objects {
		for key, reason := range o.Meta().GetAnnotations() {
			id, ok := strings.CutPrefix(key, IgnorePrefix)
			if !ok {
				continue
			}
			at := o.OriginOf("metadata.annotations[" + key + "]")
			if text := wrongly(id, reason); text != "" {
				wrong = append(wrong, &Finding{Rule: Find("ignored-wrongly"), Object: o.Title(), Origin: at, Field: key, Message: text})
				continue
			}
			if said[o.Title()] == nil {
				said[o.Title()] = map[string]string{}
			}
			said[o.Title()][id] = reason
		}
	}
	for _, f := range all {
		if reason, ok := said[f.Object][f.Rule.ID]; ok {
			f.Ignored = reason
			continue
		}
		for _, i := range list {
			if i.Covers(f) {
				f.Ignored = i.Reason
				break
			}
		}
	}
	for _, f := range wrong {
		f.Settle()
	}
	return wrong
}

func wrongly(id, reason string) string {
	switch {
	case Find(id) == nil:
		return fmt.Sprintf("there is no rule %q to ignore", id)
	case strings.TrimSpace(reason) == "":
		return fmt.Sprintf("%s is ignored without a reason", id)
	}
	return ""
}

// Covers says that a finding is left out.
func (i Ignore) Covers(f *Finding) bool {
	return matches(i.Rule, f.Rule.ID) && (i.Object == "" || matches(i.Object, f.Object)) &&
		(i.File == "" || matches(i.File, f.Origin.File) || matches(i.File, path.Base(f.Origin.File)))
}

// matches compares with a pattern in which * stands for anything, "/" included.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(text, p)
		if i < 0 {
			return false
		}
		text = text[i+len(p):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}

// Counts says how many findings there are of each severity, without those that are ignored.
func Counts(all []*Finding) map[rule.Severity]int {
	n := map[rule.Severity]int{}
	for _, f := range all {
		if f.Ignored == "" {
			n[f.Severity()]++
		}
	}
	return n
}
