package kustomize

import (
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/rendered"
)

var (
	space = regexp.MustCompile(`\s+`)
	// wrap is what Kustomize puts around an error for each level of bases.
	wrap = regexp.MustCompile(`'+: must build at directory: .*|(accumulating (resources|components)( from '[^']*')?|accumulation err='.*?'|recursed (accumulation of|merging from) path '[^']*'|merging resources from '[^']*'|accumulateDirectory): |accumulation err='`)
	// named finds the object that an error is about.
	named = regexp.MustCompile(`\b([A-Z]\w+)\.[\w./-]*?/?([a-z0-9][a-z0-9.-]*)\.\[`)
)

// plain says an error in one line, with the names of files that a person knows.
func (t *tree) plain(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return t.show(path.Path) + ": " + path.Err.Error()
	}
	text := strings.ReplaceAll(err.Error(), t.root, t.given)
	if up := filepath.Dir(t.root); up != "/" {
		text = strings.ReplaceAll(text, up, filepath.Join(t.given, ".."))
	}
	text = strings.TrimPrefix(text, "invalid Kustomization: ")
	text = strings.TrimSuffix(strings.TrimSpace(space.ReplaceAllString(text, " ")), ".")
	if r := []rune(text); len(r) > 400 {
		text = string(r[:400]) + "…"
	}
	return text
}

// explain turns an error of the library's into a Problem at the place that it is most likely about.
func (t *tree) explain(err error) objects.Problem {
	text := t.plain(err)
	p := objects.Problem{Rule: RuleBroken, Origin: t.all[0].at("", 1), Text: "Kustomize cannot build this: " + wrap.ReplaceAllString(text, "") + "."}
	if at, ok := t.culprit(err.Error()); ok {
		p.Origin = at
	}
	return p
}

func (t *tree) culprit(message string) (objects.Origin, bool) {
	var best use
	var at objects.Origin
	for _, k := range t.all {
		for _, u := range k.uses {
			if len(u.value) <= len(best.value) || !strings.Contains(message, u.value) {
				continue
			}
			best, at = u, k.at(u.field, 1)
			if yamlLine.MatchString(message) && u.sort != aFolder {
				at = objects.Origin{File: t.show(filepath.Join(k.dir, u.value)), Line: lineIn(errors.New(message))}
			}
		}
	}
	if m := named.FindStringSubmatch(message); m != nil {
		for _, q := range t.allPatches() {
			for _, part := range q.parts {
				if rendered.Text(part.Node, "kind") == m[1] && rendered.Text(part.Node, "metadata", "name") == m[2] {
					return objects.Origin{File: q.file, Line: part.Line + q.shift, Doc: part.Doc}, true
				}
			}
		}
	}
	return at, best.value != ""
}
