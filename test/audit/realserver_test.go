package audit

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"github.com/slipway-sh/slipway/internal/objects/defaults"
	"github.com/slipway-sh/slipway/internal/objects/validate"
	"github.com/slipway-sh/slipway/internal/objects/validate/definition"
	"github.com/slipway-sh/slipway/internal/source/manifest/upgrade"
)

// furnish puts into the server what testdata/kinds refers to.
func furnish(t *testing.T, s *Server) {
	t.Helper()
	ctx, c := t.Context(), s.target.Client
	if err := s.space("harbour"); err != nil {
		t.Fatal(err)
	}
	_, one := c.CoreV1().ServiceAccounts("harbour").Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "api"}}, metav1.CreateOptions{})
	_, two := c.SchedulingV1().PriorityClasses().Create(ctx, &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: "harbour-front"}, Value: 1000}, metav1.CreateOptions{})
	_, three := c.NodeV1().RuntimeClasses().Create(ctx, &nodev1.RuntimeClass{ObjectMeta: metav1.ObjectMeta{Name: "plain"}, Handler: "runc"}, metav1.CreateOptions{})
	for _, err := range []error{one, two, three} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// types are those that client-go knows, and definitions of others.
var types = func() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(scheme.AddToScheme(s))
	utilruntime.Must(apiextensionsv1.AddToScheme(s))
	return s
}()

var strict = json.NewSerializerWithOptions(json.DefaultMetaFactory, types, types, json.SerializerOptions{Yaml: true, Strict: true})

// judge is what packages defaults and validate say of a document.
func judge(text []byte) (refused bool, kind, message string) {
	obj, gvk, err := strict.Decode(text, nil, nil)
	if gvk != nil {
		kind = gvk.Kind
	}
	if err != nil {
		return true, kind, err.Error()
	}
	if fate, known := upgrade.Of(*gvk); known && !fate.Served {
		return true, kind, "is not served"
	}
	if gvk.Kind == "HorizontalPodAutoscaler" && gvk.Version == "v1" {
		if obj, err = modern(text); err != nil {
			return true, kind, err.Error()
		}
	}
	m, err := meta.Accessor(obj)
	if err != nil {
		return true, kind, err.Error()
	}
	// What a server does before it judges.
	if m.GetNamespace() == "" && !validate.ClusterWide(obj) {
		m.SetNamespace(metav1.NamespaceDefault)
	}
	identify(m)
	var errs field.ErrorList
	if d, ok := obj.(*apiextensionsv1.CustomResourceDefinition); ok {
		definition.Set(d)
		errs = definition.Create(d)
	} else {
		defaults.Create(obj)
		errs = validate.Create(obj)
	}
	return len(errs) > 0, kind, fmt.Sprint(errs.ToAggregate())
}

// modern reads an autoscaler of the first version as one of the second.
func modern(text []byte) (runtime.Object, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	upgrade.ToV2(doc)
	text, err := yaml.Marshal(doc)
	if err != nil {
		return nil, err
	}
	obj, _, err := strict.Decode(text, nil, nil)
	return obj, err
}

// identify gives an object what a server gives a new one.
func identify(m metav1.Object) {
	m.SetUID("00000000-0000-0000-0000-000000000000")
	m.SetGeneration(1)
	m.SetCreationTimestamp(metav1.Now())
	m.SetDeletionGracePeriodSeconds(nil)
	m.SetDeletionTimestamp(nil)
	if m.GetName() == "" && m.GetGenerateName() != "" {
		base := m.GetGenerateName()
		m.SetName(base[:min(len(base), 58)] + "x7x7x")
	}
}

var rounds = flag.Int("rounds", 1, "how many times mutations are made for the comparison of packages defaults and validate")

// beyond are words of refusals that package validate leaves out, and why.
var beyond = map[string]string{
	"compilation failed":     "expressions are not compiled: that takes most of an API server",
	`unknown field "status"`: "client-go's types are of a later version than the server",
}

// TestWhatValidateRefusesIsRefused compares packages defaults and validate, without readers and rules, with a real API
// server, kind by kind.
func TestWhatValidateRefusesIsRefused(t *testing.T) {
	if os.Getenv("SLIPWAY_KUBERNETES") == "" {
		t.Skip("needs a real Kubernetes: SLIPWAY_KUBERNETES")
	}
	s := newServer(t)
	furnish(t, s)
	docs := slices.Concat(wellMade(t), published(t), rendered(t))
	type count struct{ asked, refused, agreed int }
	counts, known := map[string]*count{}, map[string]bool{}
	for gvk := range types.AllKnownTypes() {
		known[gvk.Kind] = true
	}
	for seed := range *rounds {
		for _, m := range Mutations(docs, int64(seed)) {
			there, said := s.Judge(m.Text)
			here, kind, ours := judge(m.Text)
			if ofOthers(said) || isBeyond(said) {
				continue
			}
			if !known[kind] {
				kind = "kinds unknown to both"
			}
			c := counts[kind]
			if c == nil {
				c = &count{}
				counts[kind] = c
			}
			c.asked++
			if there {
				c.refused++
			}
			if here == there {
				c.agreed++
				continue
			}
			t.Errorf("%s\n   server:   %s\n   validate: %s", m.Name, verdict(there, said), verdict(here, ours))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%s: %d asked, %d refused by the server, %d verdicts agree", k, counts[k].asked, counts[k].refused, counts[k].agreed)
	}
}

func isBeyond(message string) bool {
	for w := range beyond {
		if strings.Contains(message, w) {
			return true
		}
	}
	return false
}

func cut(s string) string {
	if len(s) > 400 {
		s = s[:400] + "…"
	}
	return strings.ReplaceAll(s, "\n", "⏎")
}
