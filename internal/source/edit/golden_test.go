package edit_test

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/edit"
	"go.yaml.in/yaml/v4"
)

// Each case holds before.yaml; edits, one a line:
//
//	set DOC PATH VALUE      remove DOC PATH      rename DOC PATH NAME
//	lines FIRST-LAST "TEXT" add VALUE
//
// with values as flow YAML; after.yaml (none: unchanged); and left, a part of each reason. The first lines may say how
// both texts are meant: crlf, bom, no-newline.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) < 40 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{}
			for _, f := range a.Files {
				files[f.Name] = string(f.Data)
			}
			before := written(string(a.Comment), files["before.yaml"])
			after, changes := files["after.yaml"]
			if after = written(string(a.Comment), after); !changes {
				after = before
			}
			edits := parseEdits(t, files["edits"])
			out, left := edit.Apply([]byte(before), edits)
			if string(out) != after {
				t.Errorf("got:\n%s\nwant:\n%s\n%s", out, after, edit.Diff("x", []byte(after), out))
			}
			var reasons []string
			if files["left"] != "" {
				reasons = strings.Split(strings.TrimSpace(files["left"]), "\n")
			}
			for i, l := range left {
				if i >= len(reasons) || !strings.Contains(l.Err.Error(), reasons[i]) {
					t.Errorf("left out: %v", l.Err)
				}
			}
			if len(left) < len(reasons) {
				t.Errorf("%d edits left out, want %d", len(left), len(reasons))
			}
			if len(left) > 0 || strings.Contains(files["edits"], "lines ") || strings.Contains(files["edits"], "add ") ||
				strings.Contains(files["edits"], "]\n") || strings.Contains(string(a.Comment), "once") {
				return
			}
			if again, left := edit.Apply(out, only(edits, objects.EditSet)); len(left) > 0 || string(again) != after {
				t.Errorf("setting twice changes:\n%s%v", edit.Diff("x", []byte(after), again), left)
			}
		})
	}
}

func only(edits []objects.Edit, op objects.EditOp) []objects.Edit {
	var some []objects.Edit
	for _, e := range edits {
		if e.Op == op {
			some = append(some, e)
		}
	}
	return some
}

func written(how, text string) string {
	if strings.Contains(how, "no-newline") {
		text = strings.TrimSuffix(text, "\n")
	}
	if strings.Contains(how, "crlf") {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if strings.Contains(how, "bom") {
		text = "\ufeff" + text
	}
	return text
}

func parseEdits(t *testing.T, text string) []objects.Edit {
	t.Helper()
	var edits []objects.Edit
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		e, err := parseEdit(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		edits = append(edits, e)
	}
	return edits
}

func parseEdit(line string) (e objects.Edit, err error) {
	op, rest, _ := strings.Cut(line, " ")
	e.Op = objects.EditOp(op)
	switch e.Op {
	case objects.EditAdd:
		e.Value, err = value(rest)
		return e, err
	case objects.EditLines:
		var quoted string
		if _, err := fmt.Sscanf(rest, "%d-%d %q", &e.First, &e.Last, &quoted); err != nil {
			return e, err
		}
		e.Value = quoted
		return e, nil
	}
	doc, rest, _ := strings.Cut(rest, " ")
	if e.Doc, err = strconv.Atoi(doc); err != nil {
		return e, err
	}
	e.Path, rest, _ = strings.Cut(rest, " ")
	if e.Op == objects.EditSet || e.Op == objects.EditRename {
		e.Value, err = value(rest)
	}
	return e, err
}

// value reads flow YAML, keeping the order of keys.
func value(text string) (any, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return decoded(doc.Content[0])
}

func decoded(y *yaml.Node) (any, error) {
	switch y.Kind {
	case yaml.MappingNode:
		m := objects.Ordered{}
		for i := 0; i+1 < len(y.Content); i += 2 {
			v, err := decoded(y.Content[i+1])
			if err != nil {
				return nil, err
			}
			m = append(m, objects.KeyValue{Key: y.Content[i].Value, Value: v})
		}
		return m, nil
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range y.Content {
			v, err := decoded(c)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	var v any
	err := y.Decode(&v)
	return v, err
}
