package kustomize

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"
)

type noNetwork struct{ t *testing.T }

func (n noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("asks the network for %s", r.URL)
	return nil, fmt.Errorf("there is no network")
}

// FuzzAnyFilesAreBuiltOrRefused builds whatever files there are: without a panic, without network, without git.
func FuzzAnyFilesAreBuiltOrRefused(f *testing.F) {
	cases, _ := filepath.Glob("testdata/*.txtar")
	for _, c := range cases {
		a, err := txtar.ParseFile(c)
		if err != nil {
			f.Fatal(err)
		}
		var texts [3][]byte
		for i := range min(3, len(a.Files)) {
			texts[i] = a.Files[i].Data
		}
		f.Add(texts[0], texts[1], texts[2])
	}
	f.Add([]byte("resources: [a.yaml]\ntransformers: [b.yaml]"), []byte("a: &a [*a]"), []byte("apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\npath: https://example.com"))
	bin := f.TempDir()
	called := filepath.Join(bin, "called")
	if err := os.WriteFile(filepath.Join(bin, "git"), []byte("#!/bin/sh\n: >"+called+"\nexit 1\n"), 0o755); err != nil {
		f.Fatal(err)
	}
	f.Setenv("PATH", bin)
	normal := http.DefaultTransport
	f.Cleanup(func() { http.DefaultTransport = normal })
	f.Fuzz(func(t *testing.T, kustomization, a, b []byte) {
		http.DefaultTransport = noNetwork{t}
		dir := t.TempDir()
		for name, text := range map[string][]byte{"kustomization.yaml": kustomization, "a.yaml": a, "b.yaml": b, "web.yaml": a, "patch.yaml": b} {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		docs, problems, err := Build(dir)
		if len(docs) == 0 && len(problems) == 0 && err == nil && len(kustomization) == 0 {
			t.Error("nothing is said about an empty kustomization")
		}
		for _, d := range docs {
			if d.Line < 1 || d.File == "" {
				t.Errorf("a document is nowhere: %s", d.Text)
			}
			if d.Place != nil {
				d.Place("metadata.name")
				d.Place("spec.template.spec.containers[0].image")
			}
		}
		if _, err := os.Stat(called); err == nil {
			t.Error("git is run")
		}
	})
}
