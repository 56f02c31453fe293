package control

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	testclock "k8s.io/utils/clock/testing"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

// golden is one case: the controllers run on the objects of objects.yaml, without a kubelet, until they rest.
// Further files of the archive:
//
//	clock        the time at which they run, then durations by which it moves on when they rest
//	usage        "pod container cpu-millis memory-bytes": what containers use
//	delete       "Kind/name [now]" of objects deleted after they rest the first time
//	want.yaml    documents that must each be part of an object of its kind at the end
//	count        "Kind n": how many there are at the end
//	events       texts that must each be part of an event
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string]string{}
			for _, f := range a.Files {
				parts[f.Name] = string(f.Data)
			}
			runGolden(t, parts)
		})
	}
}

func runGolden(t *testing.T, parts map[string]string) {
	m := &machine{store: store.New(), volumes: t.TempDir(), events: &events{}, metrics: usage(parts["usage"])}
	m.store.Admit(setDefaults)
	lines := fields(parts["clock"])
	at := time.Now()
	if len(lines) > 0 {
		var err error
		if at, err = time.Parse(time.RFC3339, lines[0][0]); err != nil {
			t.Fatal(err)
		}
	}
	fake := testclock.NewFakeClock(at)
	m.clock = fake
	create(t, m.store, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "test"}})
	for _, obj := range decode(t, parts["objects.yaml"]) {
		create(t, m.store, obj)
	}
	m.start(t)
	m.settle(t)
	for _, f := range fields(parts["delete"]) {
		kind, name, _ := strings.Cut(f[0], "/")
		k := kindNamed(t, kind)
		key := store.Key{Name: name}
		if k.Namespaced {
			key.Namespace = "test"
		}
		var o metav1.DeleteOptions
		if len(f) > 1 { // "now": without the grace in which a kubelet would stop it
			o.GracePeriodSeconds = new(int64)
		}
		if _, _, err := m.store.Delete(k, key, o); err != nil {
			t.Fatal(err)
		}
		m.settle(t)
	}
	if len(lines) > 0 {
		for _, f := range lines[1:] {
			d, err := time.ParseDuration(f[0])
			if err != nil {
				t.Fatal(err)
			}
			fake.Step(d)
			m.settle(t)
		}
	}
	for _, doc := range documents(t, parts["want.yaml"]) {
		m.wants(t, doc)
	}
	for _, f := range fields(parts["count"]) {
		objs, _ := m.store.List(kindNamed(t, f[0]), "")
		if want, _ := strconv.Atoi(f[1]); len(objs) != want {
			t.Errorf("%d of %s, want %d", len(objs), f[0], want)
		}
	}
	told := m.events.String()
	for _, line := range strings.Split(strings.TrimSpace(parts["events"]), "\n") {
		if !strings.Contains(told, line) {
			t.Errorf("no event %q among\n%s", line, told)
		}
	}
}

// wants fails if no object of the kind contains the document.
func (m *machine) wants(t *testing.T, doc map[string]any) {
	t.Helper()
	objs, _ := m.store.List(kindNamed(t, doc["kind"].(string)), "")
	var seen []string
	for _, obj := range objs {
		raw, err := json.Marshal(obj)
		if err != nil {
			t.Fatal(err)
		}
		var have map[string]any
		if err := json.Unmarshal(raw, &have); err != nil {
			t.Fatal(err)
		}
		missing := part("", doc, have)
		if missing == "" {
			return
		}
		if meta, ok := doc["metadata"].(map[string]any); !ok || meta["name"] == nil || meta["name"] == obj.GetName() {
			seen = append(seen, fmt.Sprintf("%s: %s\n  %s", obj.GetName(), missing, raw))
		}
	}
	t.Errorf("no %s as wanted:\n%s", doc["kind"], strings.Join(seen, "\n"))
}

// part says where have lacks what want has, "" for nowhere. Lists must have the same length, but items of objects
// with a type (conditions) are looked up by it.
func part(path string, want, have any) string {
	switch w := want.(type) {
	case map[string]any:
		h, ok := have.(map[string]any)
		if !ok {
			return path + " is not there"
		}
		for k, v := range w {
			if s := part(path+"."+k, v, h[k]); s != "" {
				return s
			}
		}
		return ""
	case []any:
		h, _ := have.([]any)
		if strings.HasSuffix(path, ".conditions") {
			return conditions(path, w, h)
		}
		if len(h) != len(w) {
			return fmt.Sprintf("%s has %d items, want %d", path, len(h), len(w))
		}
		for i := range w {
			if s := part(fmt.Sprintf("%s[%d]", path, i), w[i], h[i]); s != "" {
				return s
			}
		}
		return ""
	}
	if fmt.Sprint(want) != fmt.Sprint(have) {
		return fmt.Sprintf("%s is %v, want %v", path, have, want)
	}
	return ""
}

func conditions(path string, want, have []any) string {
	var why string
next:
	for _, w := range want {
		why = fmt.Sprintf("%s lacks %v", path, w)
		for _, h := range have {
			if s := part("", w, h); s == "" {
				continue next
			}
		}
		return why
	}
	return ""
}

func fields(text string) [][]string {
	var out [][]string
	for _, line := range strings.Split(text, "\n") {
		if f := strings.Fields(line); len(f) > 0 {
			out = append(out, f)
		}
	}
	return out
}

func usage(text string) func(*corev1.Pod) (map[string]Usage, error) {
	all := map[string]map[string]Usage{}
	for _, f := range fields(text) {
		if all[f[0]] == nil {
			all[f[0]] = map[string]Usage{}
		}
		cpu, _ := strconv.ParseInt(f[2], 10, 64)
		memory, _ := strconv.ParseInt(f[3], 10, 64)
		all[f[0]][f[1]] = Usage{CPUMillis: cpu, MemoryBytes: memory}
	}
	return func(p *corev1.Pod) (map[string]Usage, error) {
		if all[p.Name] == nil {
			return nil, errors.New("not known yet")
		}
		return all[p.Name], nil
	}
}

func kindNamed(t *testing.T, name string) *store.Kind {
	t.Helper()
	for _, k := range store.Kinds {
		if k.GVK.Kind == name {
			return k
		}
	}
	t.Fatalf("no kind %s", name)
	return nil
}

func documents(t *testing.T, text string) []map[string]any {
	t.Helper()
	var out []map[string]any
	r := yaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	for {
		raw, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := yaml.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		if len(bytes.TrimSpace(raw)) > 0 {
			out = append(out, doc)
		}
	}
}

func decode(t *testing.T, text string) []store.Object {
	t.Helper()
	var out []store.Object
	for _, doc := range documents(t, text) {
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		obj, err := runtime.Decode(scheme.Codecs.UniversalDeserializer(), raw)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		out = append(out, obj.(store.Object))
	}
	return out
}

func create(t *testing.T, s *store.Store, obj store.Object) {
	t.Helper()
	if store.KindOf(obj).Namespaced && obj.GetNamespace() == "" {
		obj.SetNamespace("test")
	}
	if _, err := s.Create(obj, store.WithStatus); err != nil {
		t.Fatalf("%v: %v", loop.KeyOf(obj), err)
	}
}
