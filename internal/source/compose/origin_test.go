package compose

import (
	"os"
	"path/filepath"
	"testing"
)

// Every field leads back to the line that a person would have to change.
func TestFieldsRememberWhereTheyWereWritten(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"compose.yaml": `include: [lib.yaml]
services:
  web:
    extends: {file: base.yaml, service: base}
    image: web:1
    env_file: app.env
    environment:
      - LEVEL=debug
    ports:
      - "80:80"
    deploy: {replicas: 2}
`,
		"over.yaml": `services:
  web:
    image: web:2
    ports:
      - "443:443"
`,
		"base.yaml": `services:
  base:
    command: serve
    working_dir: /srv
`,
		"lib.yaml": `services:
  db:
    image: store:1
`,
		"app.env": "# nothing\nexport MODE=fast\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	app, err := Load(t.Context(), []string{filepath.Join(dir, "compose.yaml"), filepath.Join(dir, "over.yaml")}, Options{Env: map[string]string{}})
	if err != nil {
		t.Fatal(err)
	}
	main := "spec.template.spec.containers[0]"
	for _, c := range []struct{ kind, name, field, want string }{
		{"Deployment", "web", main + ".image", "over.yaml:3: services.web.image"},
		{"Deployment", "web", main + ".args[0]", "base.yaml:3: services.web.command"},
		{"Deployment", "web", main + ".workingDir", "base.yaml:4: services.web.working_dir"},
		{"Deployment", "web", "spec.replicas", "compose.yaml:11: services.web.deploy.replicas"},
		{"Deployment", "web", "spec.strategy", "over.yaml:2: services.web"},
		{"Deployment", "db", main + ".image", "lib.yaml:3: services.db.image"},
		{"ConfigMap", "web-env", "data.LEVEL", "compose.yaml:8: services.web.environment.LEVEL"},
		{"ConfigMap", "web-env", "data.MODE", "app.env:2: MODE"},
		{"Service", "web", "spec.ports[0].port", "compose.yaml:10: services.web.ports[0]"},
		{"Service", "web", "spec.ports[1].port", "over.yaml:5: services.web.ports[1]"},
	} {
		o := app.Find(c.kind, c.name)
		if o == nil {
			t.Fatalf("there is no %s %s", c.kind, c.name)
		}
		if got := o.OriginOf(c.field).String(); got != c.want {
			t.Errorf("%s: %s was written at %s, want %s", o, c.field, got, c.want)
		}
	}
}

func TestTheSameProjectCompilesToTheSameObjects(t *testing.T) {
	file := exampleShop(t)
	load := func() string {
		app, err := Load(t.Context(), []string{file}, Options{Env: map[string]string{}})
		if err != nil {
			t.Fatal(err)
		}
		if err := app.Finish(map[string]string{"shop/api:1.0.0": "sha256:1"}); err != nil {
			t.Fatal(err)
		}
		return printObjects(t, app, nil) + printNotes(app) + printBuilds(app)
	}
	first := load()
	for range 10 {
		if load() != first {
			t.Fatal("two compilations differ")
		}
	}
}
