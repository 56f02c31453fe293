package contract

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"golang.org/x/tools/txtar"

	"github.com/slipway-sh/slipway/test/harness"
)

var (
	update = flag.Bool("update", false, "take the answers of the real Kubernetes as those that are right")
	accept = flag.Bool("accept", false, "note where the engine answers otherwise; each needs its reason written down")
)

// runAnswers asks a target what each file of testdata asks.
func runAnswers(t *testing.T, tg *harness.Target) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if *update && tg.Root != "" {
				return
			}
			got := ask(t, tg, section(archive, "requests"), filepath.Base(file) == "apply.txtar")
			if *update {
				write(t, file, archive, "answers", got)
			}
			want := blocks(section(archive, "answers"))
			if tg.Root != "" {
				differ(t, want, blocks(section(archive, "engine")))
			}
			if *accept && tg.Root != "" {
				write(t, file, archive, "engine", took(archive, want, blocks(got)))
				return
			}
			compare(t, want, blocks(got))
		})
	}
}

func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// blocks cuts answers apart, each with its request in the first line.
func blocks(text string) []string {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return strings.Split(text, "\n\n>>> ")
}

func write(t *testing.T, file string, a *txtar.Archive, name, text string) {
	t.Helper()
	i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == name })
	switch {
	case text == "" && i >= 0:
		a.Files = slices.Delete(a.Files, i, i+1)
	case text == "":
	case i < 0:
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text)})
	default:
		a.Files[i].Data = []byte(text)
	}
	if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// took is the section of what the engine answers otherwise, with the reasons that were given before.
func took(a *txtar.Archive, want, got []string) string {
	var out strings.Builder
	for _, b := range blocks(section(a, "engine")) {
		fmt.Fprintf(&out, "\n>>> %s\n", strings.TrimPrefix(b, ">>> "))
	}
	for i, g := range got {
		if g = strings.TrimPrefix(g, ">>> "); i < len(want) && strings.TrimPrefix(want[i], ">>> ") != g {
			head, answer, _ := strings.Cut(g, "\n")
			fmt.Fprintf(&out, "\n>>> %d %s\n# why?\n%s\n", i+1, head, answer)
		}
	}
	return out.String()
}

// differ puts in the answers in which the engine means to differ; the second line of each says why.
func differ(t *testing.T, want, own []string) {
	t.Helper()
	for _, o := range own {
		head, rest, _ := strings.Cut(strings.TrimPrefix(o, ">>> "), "\n")
		why, answer, _ := strings.Cut(rest, "\n")
		number, request, _ := strings.Cut(head, " ")
		i, err := strconv.Atoi(number)
		if err != nil || i > len(want) || !strings.HasPrefix(strings.TrimPrefix(want[i-1], ">>> "), request+"\n") || !strings.HasPrefix(why, "# ") || why == "# why?" {
			t.Errorf("%s: no such request, or no reason why it is answered otherwise", head)
			continue
		}
		want[i-1] = request + "\n" + answer
	}
}

// compare names each request whose answer is another one.
func compare(t *testing.T, want, got []string) {
	t.Helper()
	for i := range max(len(want), len(got)) {
		w, g := "", ""
		if i < len(want) {
			w = strings.TrimPrefix(want[i], ">>> ")
		}
		if i < len(got) {
			g = strings.TrimPrefix(got[i], ">>> ")
		}
		if w != g {
			t.Errorf("another answer (- Kubernetes, + here) to %s", cmp.Diff(strings.Split(w, "\n"), strings.Split(g, "\n")))
		}
	}
}

// script is one run of a file's requests, in a namespace of its own.
type script struct {
	client    *http.Client
	host      string
	namespace string
	seen      []map[string]any // the objects answered
	managers  bool             // who owns which fields is part of the answers
}

func newScript(t *testing.T, tg *harness.Target, namespace string) *script {
	t.Helper()
	client, err := rest.HTTPClientFor(tg.Config)
	if err != nil {
		t.Fatal(err)
	}
	return &script{client: client, host: strings.TrimSuffix(tg.Config.Host, "/"), namespace: namespace}
}

func ask(t *testing.T, tg *harness.Target, requests string, managers bool) string {
	t.Helper()
	ns, err := tg.Client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "contract-"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = tg.Client.CoreV1().Namespaces().Delete(context.Background(), ns.Name, metav1.DeleteOptions{})
	})
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err = tg.Client.CoreV1().ServiceAccounts(ns.Name).Get(t.Context(), "default", metav1.GetOptions{}); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	s := newScript(t, tg, ns.Name)
	s.managers = managers
	var out strings.Builder
	for _, r := range strings.Split(strings.TrimSpace(requests), "\n\n") {
		head, body, _ := strings.Cut(strings.TrimSpace(r), "\n")
		for strings.HasPrefix(head, "#") {
			head, body, _ = strings.Cut(body, "\n")
		}
		answer, err := s.send(t.Context(), head, body)
		if err != nil {
			t.Fatalf("%s: %v", head, err)
		}
		fmt.Fprintf(&out, "\n>>> %s\n%s", head, answer)
	}
	return out.String()
}

// kinds of requests that are more than a method.
var kinds = map[string]struct{ method, contentType, accept string }{
	"JSON-PATCH":      {"PATCH", "application/json-patch+json", ""},
	"MERGE-PATCH":     {"PATCH", "application/merge-patch+json", ""},
	"STRATEGIC-PATCH": {"PATCH", "application/strategic-merge-patch+json", ""},
	"APPLY":           {"PATCH", "application/apply-patch+yaml", ""},
	"TABLE":           {"GET", "", "application/json;as=Table;v=v1;g=meta.k8s.io"},
	"WATCH":           {"GET", "", ""},
}

// send makes one request: a head "METHOD PATH", a body in YAML that is sent as JSON, or after "RAW" as it is.
func (s *script) send(ctx context.Context, head, body string) (string, error) {
	words := strings.Fields(s.fill(head))
	kind, ok := kinds[words[0]]
	if !ok {
		kind.method = words[0]
	}
	raw := []byte(s.fill(body))
	if text, found := strings.CutPrefix(string(raw), "RAW\n"); found {
		raw = []byte(text)
	} else if len(raw) > 0 {
		var err error
		if raw, err = yaml.YAMLToJSON(raw); err != nil {
			return "", err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, kind.method, s.host+words[1], bytes.NewReader(raw))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	if kind.contentType != "" {
		req.Header.Set("Content-Type", kind.contentType)
	}
	req.Header.Set("Accept", "application/json")
	if kind.accept != "" {
		req.Header.Set("Accept", kind.accept)
	}
	req.Header.Set("User-Agent", "contract")
	res, err := s.client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if words[0] == "WATCH" && res.StatusCode == http.StatusOK {
		return s.events(res.Body, words[2])
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	var obj map[string]any
	if err := yaml.Unmarshal(text, &obj); err != nil {
		return fmt.Sprintf("%d\n%s\n", res.StatusCode, text), nil
	}
	s.seen = append(s.seen, obj)
	out := fmt.Sprintf("%d\n", res.StatusCode)
	for _, w := range res.Header.Values("Warning") {
		out += s.hide("Warning: "+w) + "\n"
	}
	return out + s.show(obj), nil
}

var reference = regexp.MustCompile(`\$(\d+)\.([A-Za-z]+)`)

// fill writes the namespace for NS, and for $3.uid the uid in the answer to the third request.
func (s *script) fill(text string) string {
	text = strings.ReplaceAll(text, "NS", s.namespace)
	return reference.ReplaceAllStringFunc(text, func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		var n int
		_, _ = fmt.Sscan(m[1], &n)
		meta, _ := s.seen[n-1]["metadata"].(map[string]any)
		return fmt.Sprint(meta[m[2]])
	})
}
