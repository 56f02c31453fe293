package kustomize

import (
	"errors"
	"fmt"
	"time"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/rendered"
)

// Rules of audit's catalogue that this package reports.
const (
	RuleBroken     = "kustomization-broken"
	RuleDeprecated = "kustomization-deprecated-field"
)

// ErrNotLocal is returned for a kustomization that needs what is not in files here: a remote base, a plugin, a chart.
var ErrNotLocal = errors.New("needs more than local files")

// limit is how long Kustomize may take.
var limit = 30 * time.Second

// one keeps builds apart: Kustomize keeps its OpenAPI schema in variables of its package.
var one = make(chan struct{}, 1)

// Build makes the objects of the kustomization in a folder. If the kustomization is broken there are no documents, and
// at least one Problem of RuleBroken.
func Build(dir string) ([]rendered.Document, []objects.Problem, error) {
	t, err := read(dir)
	if err != nil {
		return nil, nil, err
	}
	if err := errors.Join(t.refusals...); err != nil {
		return nil, t.problems, err
	}
	if t.broken() {
		return nil, t.problems, nil
	}
	made, err := t.run()
	if err != nil {
		if err := t.refused(err); err != nil {
			return nil, t.problems, err
		}
		return nil, append(t.problems, t.explain(err)), nil
	}
	docs, err := t.documents(made)
	if err != nil {
		return nil, append(t.problems, t.explain(err)), nil
	}
	return docs, t.problems, nil
}

func (t *tree) broken() bool {
	for _, p := range t.problems {
		if p.Rule == RuleBroken {
			return true
		}
	}
	return false
}

// run lets Kustomize build. A build that takes too long goes on in the background and keeps others waiting, which then
// give up in turn: the library knows no way to stop it.
func (t *tree) run() (resmap.ResMap, error) {
	late := time.NewTimer(limit)
	defer late.Stop()
	tooLong := fmt.Errorf("building takes longer than %s", limit)
	select {
	case one <- struct{}{}:
	case <-late.C:
		return nil, tooLong
	}
	type result struct {
		made resmap.ResMap
		err  error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r.err = fmt.Errorf("kustomize gives up: %v", p)
			}
			<-one
			done <- r
		}()
		r.made, r.err = krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(newFiles(t), t.root)
	}()
	select {
	case r := <-done:
		return r.made, r.err
	case <-late.C:
		return nil, tooLong
	}
}
