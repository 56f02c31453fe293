package compose

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-sh/slipway/internal/objects"
)

// page is what users read about the table; the tables in it stand between comments that name them.
var page = filepath.Join("..", "..", "..", "docs", "compose.md")

var generated = regexp.MustCompile(`(?s)<!-- keys: ([^\n]*) -->\n.*?<!-- end -->`)

// TestThePageSaysWhatTheTableSays; -update writes the page's tables anew.
func TestThePageSaysWhatTheTableSays(t *testing.T) {
	old, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	text := generated.ReplaceAllFunc(old, func(block []byte) []byte {
		name := string(generated.FindSubmatch(block)[1])
		return fmt.Appendf(nil, "<!-- keys: %s -->\n%s<!-- end -->", name, table(t, name, said))
	})
	if *update {
		if err := os.WriteFile(page, text, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(old, text) {
		t.Errorf("%s differs from the table; run this test with -update", page)
	}
	for prefix, rules := range map[string]map[string]Rule{"services.": serviceKeys, "": projectKeys} {
		for key := range rules {
			if p := prefix + key; shown(p) && !said[p] {
				t.Errorf("%s does not say what becomes of %s", page, p)
			}
		}
	}
}

// shown leaves out the entries of maps, which share the fate of the map, and the name that the key of a service is.
func shown(path string) bool { return !strings.HasSuffix(path, ".*") && path != "services.name" }

// table writes the keys of one section: "services build deploy" are those of a service below these two, "services"
// those that no other section has, "networks" those of a top-level key, and "project" the remaining ones.
func table(t *testing.T, name string, said map[string]bool) string {
	t.Helper()
	words := strings.Fields(name)
	rules, prefix := projectKeys, ""
	if words[0] == "services" {
		rules, prefix, words = serviceKeys, "services.", words[1:]
	}

	var keys []string
	for key := range rules {
		first, _, _ := strings.Cut(key, ".")
		rest := len(words) == 0 || words[0] == "project"
		if shown(prefix+key) && (slices.Contains(words, first) || rest && !apart[prefix+first]) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		t.Fatalf("%s: there are no keys %q", page, name)
	}
	slices.Sort(keys)
	var b strings.Builder
	b.WriteString("| key | | |\n|---|---|---|\n")
	for _, key := range keys {
		said[prefix+key] = true
		r := rules[key]
		fate := map[Verdict]string{Carried: "carried", Warned: "left out, with a warning", Refused: "**refused**"}[r.Verdict]
		if r.Severity == objects.Info {
			fate = "left out"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", strings.NewReplacer(".[]", "[]", ".*", ".NAME").Replace(key), fate, strings.ReplaceAll(r.Text, "|", `\|`))
	}
	return b.String()
}

// apart are keys with a section of their own.
var apart = map[string]bool{
	"services.build": true, "services.deploy": true, "services.healthcheck": true, "services.volumes": true, "services.networks": true,
	"services.ports": true, "services.depends_on": true, "services.pre_start": true, "services.post_start": true, "services.pre_stop": true,
	"services.x-slipway": true, "networks": true, "volumes": true, "secrets": true, "configs": true, "jobs": true,
}
