package chart

import (
	"path"
	"path/filepath"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	v2 "helm.sh/helm/v4/pkg/chart/v2"
	"sigs.k8s.io/yaml"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/rendered"
)

// source is a file of the chart or of one of its dependencies as written.
type source struct {
	path  string // as a person knows it
	lines []string
	parts []part // of a template, see partsOf
}

// locate finds the folder or archive that each chart was loaded from, by its first file: the same chart goes by several
// names if it has an alias.
func (r *render) locate(c *v2.Chart) map[*common.File]string {
	where := map[*common.File]string{}
	var walk func(c *v2.Chart, at string)
	walk = func(c *v2.Chart, at string) {
		if len(c.Raw) > 0 {
			where[c.Raw[0]] = at
		}
		for _, d := range c.Dependencies() {
			walk(d, filepath.Join(at, "charts", entryOf(c, d)))
		}
	}
	walk(c, r.dir)
	return where
}

// entryOf is the name in charts/ that a dependency was loaded from.
func entryOf(c, dependency *v2.Chart) string {
	archive := dependency.Name() + "-" + dependency.Metadata.Version + ".tgz"
	for _, f := range c.Raw {
		rest, ok := strings.CutPrefix(f.Name, "charts/")
		if !ok {
			continue
		}
		entry, inner, _ := strings.Cut(rest, "/")
		if inner == "Chart.yaml" {
			var m v2.Metadata
			if yaml.Unmarshal(f.Data, &m) == nil && m.Name == dependency.Name() && m.Version == dependency.Metadata.Version {
				return entry
			}
		}
		if inner == "" && entry == archive {
			return entry
		}
	}
	return dependency.Name()
}

// index remembers the files of a chart and its dependencies under the names that Helm gives them, and makes the
// templates ask for their budget.
func (r *render) index(c *v2.Chart, where map[*common.File]string) {
	at := filepath.Join(r.dir, strings.TrimPrefix(c.ChartFullPath(), c.Root().Name()))
	if len(c.Raw) > 0 && where[c.Raw[0]] != "" {
		at = where[c.Raw[0]]
	}
	for _, f := range c.Files {
		if strings.HasPrefix(f.Name, "crds/") {
			r.files[path.Join(c.ChartFullPath(), f.Name)] = &source{path: filepath.Join(at, f.Name)}
		}
	}
	metered := make([]*common.File, len(c.Templates))
	for i, f := range c.Templates {
		r.files[path.Join(c.ChartFullPath(), f.Name)] = &source{path: filepath.Join(at, f.Name), lines: strings.Split(string(f.Data), "\n")}
		metered[i] = &common.File{Name: f.Name, ModTime: f.ModTime, Data: []byte(meter(f.Name, string(f.Data)))}
	}
	c.Templates = metered
	for _, d := range c.Dependencies() {
		r.index(d, where)
	}
}

// chartFile is a line of Chart.yaml.
func (r *render) chartFile(line int) objects.Origin {
	return objects.Origin{File: filepath.Join(r.dir, "Chart.yaml"), Line: line}
}

// fieldOf finds a field in one of the chart's own files: its line, or 1.
func fieldOf(c *v2.Chart, name, field string) int {
	for _, f := range c.Raw {
		if f.Name == name {
			if line, ok := lineOf(f.Data, objects.ParsePath(field)); ok {
				return line
			}
		}
	}
	return 1
}

func lineOf(text []byte, path []objects.Step) (int, bool) {
	n := rendered.ParseNode(text)
	line, _, ok := rendered.Match(n, n, path)
	return line, ok
}

// plainDocuments are those of a file that is no template.
func plainDocuments(file string, text []byte) []rendered.Document {
	var docs []rendered.Document
	for _, p := range rendered.Parse(file, text).Parts {
		body, err := rendered.Print(p.Node)
		if err != nil {
			continue
		}
		docs = append(docs, rendered.Document{
			Text: body, File: file, Line: p.Line, Doc: p.Doc,
			Place: func(field string) (objects.Origin, bool) {
				line, _, ok := rendered.Match(p.Node, p.Node, objects.ParsePath(field))
				return objects.Origin{File: file, Line: line, Doc: p.Doc, Path: field}, ok
			},
		})
	}
	return docs
}
