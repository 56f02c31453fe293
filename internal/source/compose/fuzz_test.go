package compose

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/slipway-sh/slipway/internal/source/compose/position"
)

// Whatever a file holds, it is compiled or refused with a place; it does not end the program or keep it busy.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range a.Files {
			if part.Name == "compose.yaml" {
				f.Add(part.Data)
			}
		}
	}
	f.Add([]byte("services:\n  a: &a\n    image: x\n    labels: [*a]\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("version: '3'\nservices: {p: {image: traefik, command: --web --docker, links: [d], volumes: ['/dev/null:/t.toml']}, d: {image: mysql, ports: ['3306:3306'], environment: [MYSQL_PASSWORD=app, MYSQL_USER=app]}}"))
	f.Add([]byte("services: {a: {image: x, healthcheck: {test: []}, post_start: [{}], ports: ['1-65535:1-65535']}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		file := filepath.Join(dir, "compose.yaml")
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		app, err := Load(t.Context(), []string{file}, Options{Env: map[string]string{}})
		if (app == nil) == (err == nil) {
			t.Fatalf("application %v, error %v", app, err)
		}
		audited, auditErr := Audit(t.Context(), []string{file}, Options{Env: map[string]string{}})
		if auditErr != nil || err != nil && len(audited.Problems) == 0 {
			t.Fatalf("loading ends with %v, auditing says %v, %v", err, audited, auditErr)
		}
		if err == nil {
			if err := app.Finish(nil); err != nil {
				t.Fatal(err)
			}
			app.References()
		}
	})
}

func FuzzPositions(f *testing.F) {
	f.Add("a: {b: [1, 2]}\n---\na: !reset null\n")
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := position.Parse("f", []byte(text)); err == nil {
			position.Over(n, n).Nearest("a", "[0]", "b")
		}
	})
}

func FuzzPortRange(f *testing.F) {
	for _, s := range []string{"80", "80-90", "53/udp", "0", "1-65535", "-", "99999", "9-1/tcp"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ports, _, ok := portRange(s)
		if ok && len(ports) == 0 || len(ports) > maxPorts+1 {
			t.Errorf("%q: %d ports", s, len(ports))
		}
		for _, p := range ports {
			if p < 1 || p > 65535 {
				t.Errorf("%q: port %d", s, p)
			}
		}
	})
}

func FuzzHTTPCheck(f *testing.F) {
	for _, s := range []string{"curl -fsS http://localhost:80/x || exit 1", "wget -qO- 127.0.0.1", "wget --spider -T 3 http://[::1]:80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if get := httpCheck([]string{"CMD-SHELL", s}, func(int32) bool { return true }); get != nil && (get.Port.IntVal < 1 || get.Port.IntVal > 65535 || get.Path == "") {
			t.Errorf("%q: %v", s, get)
		}
	})
}
