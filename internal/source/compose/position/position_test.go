package position

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func parse(t *testing.T, file, text string) *Node {
	t.Helper()
	n, err := Parse(file, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAPathLeadsToTheLineOfItsKey(t *testing.T) {
	n := parse(t, "f", `services:
  web: &web
    image: nginx
    environment:
      - A=1
      - B
    ports: [80, 81]
  api:
    <<: *web
    image: api
`)
	for path, want := range map[string]int{
		"services": 1, "services web image": 3, "services web environment B": 6, "services web environment A": 5,
		"services web ports [1]": 7, "services api image": 10, "services api ports": 7, "services api nothing at all": 8,
	} {
		if got := n.Nearest(strings.Fields(path)...).Line; got != want {
			t.Errorf("%s: line %d, want %d", path, got, want)
		}
	}
	if Join("services", "web", "ports", "[0]") != "services.web.ports[0]" {
		t.Error("a path is not written as people do")
	}
}

func TestLaterFilesAreLaidOverEarlierOnes(t *testing.T) {
	n := Over(parse(t, "a", "x: 1\nlist: [1]\nenv: {A: 1}\ncommand: [a]\ngone: 1\nwhole: [1, 2]\n"),
		parse(t, "b", "x: 2\nlist: [2]\nenv: [B=2]\ncommand: [b]\ngone: !reset null\nwhole: !override [3]\n"))
	for path, want := range map[string]string{"x": "b", "list [0]": "a", "list [1]": "b", "env A": "a", "env B": "b", "command [0]": "b", "whole [0]": "b"} {
		if got := n.Find(strings.Fields(path)...); got == nil || got.File != want {
			t.Errorf("%s: %v, want file %s", path, got, want)
		}
	}
	if n.Find("gone") != nil || len(n.Find("whole").Items) != 1 {
		t.Error("!reset and !override are not heeded")
	}
}

func TestAProjectKnowsItsIncludesAndWhatItExtends(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"compose.yaml":  "include:\n  - path: ${LIB}/db.yaml\nservices:\n  web:\n    extends: {file: lib/base.yaml, service: base}\n  self: {extends: self}\n",
		"lib/db.yaml":   "include: [../compose.yaml]\nservices:\n  db:\n    image: x\n",
		"lib/base.yaml": "services:\n  base:\n    extends: root\n  root:\n    image: y\n",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	p, err := Load([]string{filepath.Join(dir, "compose.yaml")}, dir, func(s string) string { return strings.ReplaceAll(s, "${LIB}", "lib") })
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]Place{
		"services db image":  {filepath.Join(dir, "lib/db.yaml"), 4},
		"services web image": {filepath.Join(dir, "lib/base.yaml"), 5},
		"services web":       {filepath.Join(dir, "compose.yaml"), 4},
	} {
		if got := p.At(strings.Fields(path)...); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func TestAliasesThatExpandToTooMuchAreRefused(t *testing.T) {
	text := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		prev := string(rune('0' + i))
		text += "a" + string(rune('1'+i)) + ": &a" + string(rune('1'+i)) + " [" + strings.Repeat("*a"+prev+", ", 9) + "*a" + prev + "]\n"
	}
	if _, err := Parse("f", []byte(text)); !errors.Is(err, ErrSyntax) {
		t.Errorf("error %v", err)
	}
}
