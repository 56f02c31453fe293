package chart

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	v2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/rendered"
)

// Rules of audit's catalogue that this package reports.
const (
	RuleBroken      = "chart-broken"
	RuleDependency  = "chart-dependency-missing"
	RuleKubeVersion = "chart-kube-version"
	RuleHook        = "chart-hook-unknown"
	RuleSchema      = "chart-schema-remote"
)

// KubeVersion is what charts are told that they are installed on, if Options say nothing else.
const KubeVersion = "v1.36.0"

// Options say how a chart is rendered.
type Options struct {
	Name        string // of the release; the chart's own, if empty
	Namespace   string // "default", if empty
	KubeVersion string
}

const maxOutput = 64 << 20 // bytes of all templates together

// limit is how long rendering may take.
var limit = 30 * time.Second

// Render makes the objects of a chart, which is a folder or a .tgz, with its own values and those of the files laid over
// them. What is wrong with the chart is in the Problems, beside the documents that could be made nevertheless.
func Render(dir string, valuesFiles []string, opts Options) ([]rendered.Document, []objects.Problem, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, nil, fmt.Errorf("%s: cannot be read: %w; name a chart's folder or .tgz", dir, errors.Unwrap(err))
	}
	r := &render{dir: dir, values: map[string]any{}, files: map[string]*source{}, budget: newBudget(limit)}
	for _, file := range valuesFiles {
		if err := r.addValues(file); err != nil {
			return nil, nil, err
		}
	}
	done := make(chan []rendered.Document, 1)
	go func() {
		var docs []rendered.Document
		defer func() {
			if p := recover(); p != nil {
				docs = nil
				r.problem(RuleBroken, r.chartFile(1), "Helm gives up on the chart: %v.", p)
			}
			done <- docs
		}()
		docs = r.run(opts)
	}()
	// The budget ends a template's loops; this is for what asks no budget.
	select {
	case docs := <-done:
		slices.SortStableFunc(r.problems, func(a, b objects.Problem) int {
			return cmp.Or(cmp.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Line, b.Origin.Line), cmp.Compare(a.Rule, b.Rule))
		})
		return docs, r.problems, nil
	case <-time.After(limit + time.Second):
		return nil, []objects.Problem{{Rule: RuleBroken, Origin: r.chartFile(1), Text: tooLong(limit).Error() + "."}}, nil
	}
}

// render is one rendering.
type render struct {
	dir        string
	valueFiles []valuesFile
	values     map[string]any
	files      map[string]*source // by the name that Helm gives a template
	problems   []objects.Problem
	budget     *budget
}

func (r *render) run(opts Options) []rendered.Document {
	c, err := loader.Load(r.dir)
	if err != nil {
		r.loadError(err)
		return nil
	}
	caps, err := capabilities(cmp.Or(opts.KubeVersion, KubeVersion))
	if err != nil {
		r.problem(RuleBroken, r.chartFile(1), "The version of Kubernetes cannot be read: %s.", oneLine(err))
		return nil
	}
	where := r.locate(c)
	r.checkChart(c, caps)
	r.checkDependencies(c)
	if err := chartutil.ProcessDependencies(c, r.values); err != nil {
		r.problem(RuleBroken, r.chartFile(1), "The dependencies cannot be worked out: %s.", oneLine(err))
		return nil
	}
	r.index(c, where)
	release := common.ReleaseOptions{Name: cmp.Or(opts.Name, c.Name()), Namespace: cmp.Or(opts.Namespace, "default"), Revision: 1, IsInstall: true}
	values := func() (common.Values, error) {
		return util.ToRenderValuesWithSchemaValidation(c, r.values, release, caps, true)
	}
	top, err := values()
	if err != nil {
		r.problem(RuleBroken, r.chartFile(1), "The values cannot be put together: %s.", oneLine(err))
		return nil
	}
	r.checkSchema(c, top)
	docs := r.crds(c)
	made := r.templates(c, values)
	for _, name := range slices.Sorted(maps.Keys(made)) {
		docs = append(docs, r.split(name, made[name])...)
	}
	slices.SortStableFunc(docs, func(a, b rendered.Document) int { return cmp.Compare(a.File, b.File) })
	return docs
}

func (r *render) problem(rule string, at objects.Origin, format string, args ...any) {
	r.problems = append(r.problems, objects.Problem{Rule: rule, Origin: at, Text: fmt.Sprintf(format, args...)})
}

// crds are the definitions in crds/, which are no templates.
func (r *render) crds(c *v2.Chart) []rendered.Document {
	var docs []rendered.Document
	for _, crd := range c.CRDObjects() {
		file := r.files[crd.Filename]
		if file == nil {
			continue
		}
		docs = append(docs, plainDocuments(file.path, crd.File.Data)...)
	}
	return docs
}
