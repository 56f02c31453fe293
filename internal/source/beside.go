package source

import (
	"fmt"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/manifest"
	"github.com/slipway-sh/slipway/internal/source/script"
)

// beside is what commands do that are run beside the manifests.
type beside struct {
	given    []*objects.Object
	installs []string
	texts    []manifest.Text // manifests that are written in the commands
	problems []objects.Problem
}

func readBeside(opts Options) (*beside, error) {
	b := &beside{}
	for _, file := range opts.With {
		text, err := opts.read(file)
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be read: %w", file, err)
		}
		r := script.Read(file, text)
		b.given = append(b.given, r.Objects...)
		b.installs = append(b.installs, r.Installs...)
		b.problems = append(b.problems, r.Problems...)
		for _, m := range r.Manifests {
			b.texts = append(b.texts, manifest.Text{File: file, Data: []byte(m.Text), Line: m.Line, Made: true, Named: true})
		}
	}
	return b, nil
}

// objects are copies of what the commands create: every application is given its own.
func (b *beside) objects() []*objects.Object {
	var all []*objects.Object
	for _, o := range b.given {
		all = append(all, objects.New(o.DeepCopyObject(), o.Origin))
	}
	return all
}
