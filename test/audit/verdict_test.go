package audit

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-sh/slipway/internal/audit"
	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/mend"
	"github.com/slipway-sh/slipway/internal/source/manifest"
)

// ofMany are rules about more than one object: a server is asked about one at a time, in a namespace that is there.
var ofMany = []string{"namespace-missing", "pod-refused-by-namespace"}

// audited is what the audit says of one document, as it was written.
func audited(text []byte) (refused bool, said string) {
	r := manifest.Read([]manifest.Text{{File: "document.yaml", Data: text, Named: true}})
	var all []string
	for _, f := range audit.Run(r.Assemble(manifest.Options{Name: "harbour", Namespace: "default"}), nil) {
		if f.Severity() == rule.Refused && !slices.Contains(ofMany, f.Rule.ID) {
			all = append(all, f.Rule.ID+": "+f.Message)
		}
	}
	return len(all) > 0, strings.Join(all, "; ")
}

// TestWhatAuditCallsRefusedIsRefused compares the audit's verdict with that of a real API server, on well-made manifests
// of all kinds, the examples, the published deployments, and more than 500 mutations of them.
func TestWhatAuditCallsRefusedIsRefused(t *testing.T) {
	if os.Getenv("SLIPWAY_KUBERNETES") == "" {
		t.Skip("needs a real Kubernetes: SLIPWAY_KUBERNETES")
	}
	s := newServer(t)
	furnish(t, s)
	docs := slices.Concat(wellMade(t), published(t), rendered(t))
	mutations := Mutations(docs, 42)
	if len(mutations) < 500 {
		t.Errorf("only %d mutations", len(mutations))
	}
	all := make([]Mutation, 0, len(docs)+len(mutations))
	for _, d := range docs {
		all = append(all, Mutation(d))
	}
	asked, agreed, refusals := 0, 0, 0
	for _, m := range append(all, mutations...) {
		there, said := s.Judge(m.Text)
		if ofOthers(said) {
			continue
		}
		here, ours := audited(m.Text)
		asked++
		if there {
			refusals++
		}
		if here == there {
			agreed++
			continue
		}
		if strings.Contains(m.Name, "a number too large at spec.limits[0].maxLimitRequestRatio") {
			t.Logf("known: %s: a server loses the last digits of such a number on its way and compares another", m.Name)
			continue
		}
		t.Errorf("%s\n   server: %s\n   audit:  %s", m.Name, verdict(there, said), verdict(here, ours))
	}
	t.Logf("%d documents and mutations asked, %d refused by the server, %d of %d verdicts agree", asked, refusals, agreed, asked)
	t.Run("mended", func(t *testing.T) { mendedAreAccepted(t, s) })
}

func verdict(refused bool, said string) string {
	if !refused {
		return "accepted"
	}
	return "refused: " + cut(said)
}

// mendedAreAccepted: what --fix makes of the repaired manifests of the published deployments is accepted.
func mendedAreAccepted(t *testing.T, s *Server) {
	s.define(t, "traefik.io", "v1alpha1", "IngressRoute", "ingressroutes")
	for _, name := range deployments {
		opts := lay(t, name, false)
		done, err := mend.Run(t.Context(), []string{name}, opts, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := done.Write(); err != nil {
			t.Fatal(err)
		}
		accepted := 0
		for _, d := range filesOf(t, name) {
			if strings.Contains(d.Name, "compose") {
				continue
			}
			if refused, said := s.Judge(d.Text); refused {
				t.Errorf("%s/%s: %s\n%s", name, d.Name, said, d.Text)
				continue
			}
			accepted++
		}
		t.Logf("%s: %d mended manifests are accepted", name, accepted)
	}
}

// define installs a kind of an operator whose own definition is not at hand: a stand-in that takes any spec.
func (s *Server) define(t *testing.T, group, version, kind, plural string) {
	t.Helper()
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": plural + "." + group},
		"spec": map[string]any{
			"group": group, "scope": "Namespaced",
			"names": map[string]any{"kind": kind, "plural": plural, "singular": strings.ToLower(kind), "listKind": kind + "List"},
			"versions": []any{map[string]any{"name": version, "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}},
		},
	}}
	text, err := u.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if refused, said := s.send("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", text); refused {
		t.Fatal(said)
	}
	gvk := schema.GroupVersionKind{Group: group, Version: version, Kind: kind}
	s.resource[gvk] = resourceOf(plural)
	s.untilServed(t, fmt.Sprintf("/apis/%s/%s/%s", group, version, plural))
}

func resourceOf(plural string) metav1.APIResource {
	return metav1.APIResource{Name: plural, Namespaced: true}
}

// untilServed waits until the server has taken a definition in.
func (s *Server) untilServed(t *testing.T, path string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		res, err := s.client.Get(strings.TrimSuffix(s.target.Config.Host, "/") + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return
		}
	}
	t.Fatal(path + " is not served")
}
