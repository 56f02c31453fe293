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
		"empty/a.txt": "",
		"kinds.yaml":  "services:\n  kind: {image: a}\n  apiVersion: {image: b}\n",
	})
	for file, want := range map[string]string{
		"missing.yaml": "missing.yaml: there is no such file",
		"empty":        "no compose.yaml and no manifest found",
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

func TestAFolderIsSeenForWhatItHolds(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	manifest := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"
	write(t, dir, map[string]string{
		"k8s/a.yaml":                     strings.ReplaceAll(manifest, "%s", "a"),
		"k8s/b.json":                     `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}}`,
		"k8s/values.yaml":                "image: x\n",
		"k8s/.git/c.yaml":                strings.ReplaceAll(manifest, "%s", "c"),
		"k8s/node_modules/x/d.yaml":      strings.ReplaceAll(manifest, "%s", "d"),
		"compose.yaml":                   "services: {app: {image: a}}\n",
		"infra/main.tf":                  "variable \"a\" {}\n",
		"overlay/kustomization.yaml":     "resources: [e.yaml]\n",
		"overlay/e.yaml":                 strings.ReplaceAll(manifest, "%s", "e"),
		"chart/Chart.yaml":               "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
		"chart/templates/configmap.yaml": strings.ReplaceAll(manifest, "%s", "f"),
	})
	apps, err := Read(t.Context(), []string{"."}, Options{Env: map[string]string{}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range apps {
		var names []string
		for _, o := range a.OfKind("ConfigMap") {
			names = append(names, o.Name()+"="+o.Origin.File)
		}
		got = append(got, strings.Join(names, " "))
	}
	want := []string{"a=k8s/a.yaml b=k8s/b.json", "", "f=chart/templates/configmap.yaml", "e=overlay/e.yaml", ""}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("read %q, want %q", got, want)
	}
}

func TestTwoApplicationsCannotBeDeliveredAsOne(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", "compose.yaml": "services: {app: {image: a}}\n"})
	_, err := Load(t.Context(), []string{filepath.Join(dir, "a.yaml"), filepath.Join(dir, "compose.yaml")}, Options{})
	if err == nil || !strings.Contains(err.Error(), "are two applications; name one of them") {
		t.Errorf("error %v", err)
	}
}

func TestWhatAScriptCreatesCountsAndIsNotJudged(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"a.yaml":   "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n",
		"setup.sh": "kubectl create ns shop\nkubectl -n shop create secret generic db --from-file=password.txt\n",
	})
	apps, err := Read(t.Context(), []string{filepath.Join(dir, "a.yaml")}, Options{With: []string{filepath.Join(dir, "setup.sh")}})
	if err != nil {
		t.Fatal(err)
	}
	s := apps[0].Find("Secret", "db")
	if s == nil || !s.Given || s.Namespace() != "shop" || apps[0].Find("Namespace", "shop") == nil {
		t.Errorf("the script's objects are %v", apps[0].Objects)
	}
}
