package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

func image(t *testing.T, files []string, opts Options) string {
	t.Helper()
	opts.Env = map[string]string{}
	app, err := Load(t.Context(), files, opts)
	if err != nil {
		t.Fatal(err)
	}
	d := app.Find("Deployment", "app")
	if d == nil {
		t.Fatal("there is no Deployment app")
	}
	for _, b := range app.Objects {
		if b.Kind() == "Namespace" && opts.Name != "" && b.Name() != opts.Name {
			t.Errorf("namespace %s, want %s", b.Name(), opts.Name)
		}
	}
	return d.OriginOf("spec.template.spec.containers[0].image").File
}

func TestWithoutFilesTheOnesOfDockerComposeAreFound(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"compose.yml":               "services:\n  app:\n    image: a\n",
		"docker-compose.yml":        "services:\n  other:\n    image: b\n",
		"below/deeper/nothing.here": "",
	})
	if got := image(t, nil, Options{ProjectDir: filepath.Join(dir, "below", "deeper"), Name: "shop"}); filepath.Base(got) != "compose.yml" {
		t.Errorf("%s was read", got)
	}
	write(t, dir, map[string]string{"compose.override.yml": "services:\n  app:\n    image: c\n"})
	if got := image(t, nil, Options{ProjectDir: dir}); got != "compose.override.yml" {
		t.Errorf("the image is that of %s, not of the override", got)
	}
	if got := image(t, []string{filepath.Join(dir, "compose.yml")}, Options{}); got != "compose.yml" {
		t.Errorf("%s was read although another file was named", got)
	}
}

func TestAFolderWithoutAFileSaysWhatToDo(t *testing.T) {
	_, err := Load(t.Context(), nil, Options{ProjectDir: t.TempDir()})
	if !errors.Is(err, ErrNoFile) || !strings.Contains(err.Error(), "-f") {
		t.Errorf("error %v", err)
	}
}

func TestFilesThatCannotBeReadAreNamed(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"manifest.yaml": "# the front\nkind: Deployment\napiVersion: apps/v1\nmetadata: {name: x}\n",
		"list.yaml":     "- a\n",
		"kinds.yaml":    "services:\n  kind: {image: a}\n  apiVersion: {image: b}\n",
	})
	for file, want := range map[string]string{
		"manifest.yaml": "manifest.yaml:3: is a Kubernetes manifest (kind Deployment)",
		"list.yaml":     "list.yaml:1: the file holds a list",
		"missing.yaml":  "missing.yaml: there is no such file",
		".":             "cannot be read: is a directory",
	} {
		_, err := Load(t.Context(), []string{filepath.Join(dir, file)}, Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", file, err, want)
		}
	}
	if _, err := Load(t.Context(), []string{filepath.Join(dir, "kinds.yaml")}, Options{}); err != nil && strings.Contains(err.Error(), "manifest") {
		t.Errorf("services called kind and apiVersion make no manifest: %v", err)
	}
}
