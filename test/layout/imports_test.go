package layout

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/slipway-sh/slipway/"

// order is the way data flows: source → objects → audit → deliver → a Kubernetes API. A room may import rooms that
// stand below it here, and no other; rooms of the same rank do not import each other.
var order = [][]string{
	{"cmd/slipway", "cmd/slipway-engine"},
	{"internal/cli"},
	{"internal/mend"},
	{"internal/source"},
	{"internal/source/compose"},
	{"internal/audit", "internal/render", "internal/deliver", "internal/drill", "internal/engine"},
	{"internal/engine/api", "internal/engine/control"},
	{"internal/engine/node"},
	{"internal/engine/gateway", "internal/engine/metrics"},
	{"internal/engine/network"},
	{"internal/engine/event", "internal/engine/api/support", "internal/engine/api/table", "internal/engine/api/openapi"},
	{"internal/engine/api/store", "internal/engine/rescue"},
	{"internal/objects", "internal/image"},
	{"internal/home"},
}

// never are imports that would be a back door whatever the ranks say.
var never = []struct{ from, to string }{
	{"cmd/slipway", "internal/engine"},
	{"internal/cli", "internal/engine"},
	{"internal/source", "internal/engine"},
	{"internal/deliver", "internal/engine"},
	{"internal/deliver", "internal/source"},
	{"internal/deliver", "internal/image"},
	{"internal/engine", "internal/source"},
	{"internal/engine", "internal/deliver"},
	{"internal/objects", "internal/engine"},
}

// heavy are libraries that only commands need; the engine's memory is counted.
var heavy = []string{
	"github.com/compose-spec/", "github.com/fluxcd/", "github.com/spf13/cobra", "k8s.io/kubectl", "k8s.io/cli-runtime",
	"sigs.k8s.io/kustomize/", "sigs.k8s.io/controller-runtime", "k8s.io/client-go/informers",
}

func TestImportsGoOneWay(t *testing.T) {
	for path, imports := range packages(t) {
		for _, imp := range imports {
			if strings.HasPrefix(path, "internal/engine") {
				for _, h := range heavy {
					if strings.HasPrefix(imp, h) {
						t.Errorf("%s imports %s, which only commands may link", path, imp)
					}
				}
			}
			to, ours := strings.CutPrefix(imp, module)
			if !ours {
				continue
			}
			for _, n := range never {
				if within(path, n.from) && within(to, n.to) {
					t.Errorf("%s imports %s: there is no way from %s to %s", path, to, n.from, n.to)
				}
			}
			if a, b := rank(path), rank(to); a.room != b.room && a.level >= b.level {
				t.Errorf("%s imports %s, which stands above or beside it", path, to)
			}
		}
	}
}

type place struct {
	room  string
	level int
}

// rank finds the room a package belongs to: the longest name in order that is the package or a folder above it.
func rank(pkg string) place {
	best := place{level: -1}
	for level, rooms := range order {
		for _, r := range rooms {
			if within(pkg, r) && len(r) > len(best.room) {
				best = place{r, level}
			}
		}
	}
	return best
}

func within(pkg, room string) bool { return pkg == room || strings.HasPrefix(pkg, room+"/") }

// packages are the packages that are shipped, with what they import outside tests.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", module+"cmd/...", module+"internal/...")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for dec := json.NewDecoder(out); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(p.ImportPath, module)
		if rank(path).level < 0 {
			t.Errorf("%s has no place in the order of the rooms", path)
		}
		found[path] = p.Imports
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatal("no packages found")
	}
	return found
}
