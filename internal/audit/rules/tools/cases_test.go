package tools_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/slipway-sh/slipway/internal/audit/rules/tools"
	"github.com/slipway-sh/slipway/test/audittest"
)

func TestCases(t *testing.T) { audittest.Cases(t, tools.Rules) }

// readers are the packages whose Problems this room is the catalogue of.
var readers = []string{"script", "terraform", "kustomize", "chart"}

func TestTheReadersReportTheseRulesAndNoOthers(t *testing.T) {
	reported := map[string]string{}
	for _, r := range readers {
		files, err := filepath.Glob(filepath.Join("..", "..", "..", "source", r, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("package %s has no files (%v)", r, err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				for _, id := range ids(t, file) {
					reported[id] = file
				}
			}
		}
	}
	listed := map[string]bool{}
	for _, r := range tools.Rules {
		listed[r.ID] = true
		if reported[r.ID] == "" {
			t.Errorf("no reader reports %s", r.ID)
		}
		if r.Check != nil {
			t.Errorf("%s has a Check, and belongs into another room", r.ID)
		}
	}
	for id, file := range reported {
		if !listed[id] {
			t.Errorf("%s reports %s, which is not in the catalogue", file, id)
		}
	}
}

var kebab = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)+$`)

// ids are the rules that a file names: where it reports, where it makes a Problem, and as constants.
func ids(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	literal := func(e ast.Expr) bool {
		l, ok := e.(*ast.BasicLit)
		if !ok || l.Kind != token.STRING {
			return false
		}
		if s, _ := strconv.Unquote(l.Value); kebab.MatchString(s) {
			found = append(found, s)
		}
		return true
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && (s.Sel.Name == "report" || s.Sel.Name == "problem") {
				for _, arg := range n.Args {
					if literal(arg) {
						break
					}
				}
			}
		case *ast.KeyValueExpr:
			if k, ok := n.Key.(*ast.Ident); ok && k.Name == "Rule" {
				literal(n.Value)
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if strings.HasPrefix(name.Name, "Rule") && i < len(n.Values) {
					literal(n.Values[i])
				}
			}
		}
		return true
	})
	return found
}
