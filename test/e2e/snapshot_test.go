package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// snapshot is every object of a target: what it is by its kind and name.
type snapshot map[string]string

// detail says what of an object counts as a change.
type detail func(*unstructured.Unstructured) string

// untouched holds still only if nobody wrote to the object.
func untouched(u *unstructured.Unstructured) string {
	return string(u.GetUID()) + " at version " + u.GetResourceVersion()
}

// meant holds still if the object was written to, but means what it meant before and is the same one.
func meant(u *unstructured.Unstructured) string {
	switch u.GetKind() {
	case "EndpointSlice", "ControllerRevision":
		return string(u.GetUID()) // they follow others
	case "ReplicaSet":
		if n, _, _ := unstructured.NestedInt64(u.Object, "spec", "replicas"); n == 0 {
			return "" // history
		}
	}
	o := u.DeepCopy().Object
	delete(o, "status")
	if u.GetKind() == "Pod" {
		o["restarts"], _, _ = unstructured.NestedSlice(u.Object, "status", "containerStatuses")
	}
	meta := o["metadata"].(map[string]any)
	for _, k := range []string{"managedFields", "resourceVersion", "generation"} {
		delete(meta, k)
	}
	unstructured.RemoveNestedField(meta, "annotations", "deployment.kubernetes.io/revision")
	unstructured.RemoveNestedField(meta, "annotations", "deployment.kubernetes.io/revision-history")
	text, err := json.Marshal(o)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// own are the namespaces that the control plane writes to when it likes, and the resources.
var own = map[string]bool{"kube-system": true, "kube-node-lease": true, "events": true, "leases": true, "nodes": true, "endpoints": true, "componentstatuses": true}

// look reads every object that the target serves.
func (tg *target) look(t *testing.T, d detail) snapshot {
	t.Helper()
	cfg := rest.CopyConfig(tg.Config)
	cfg.WarningHandler = rest.NoWarnings{}
	client := dynamic.NewForConfigOrDie(cfg)
	lists, err := discovery.NewDiscoveryClientForConfigOrDie(cfg).ServerPreferredResources()
	if err != nil {
		t.Fatal(err)
	}
	out := snapshot{}
	for _, l := range lists {
		gv, err := schema.ParseGroupVersion(l.GroupVersion)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range l.APIResources {
			if !slices.Contains(r.Verbs, "list") || own[r.Name] || gv.Group == "metrics.k8s.io" {
				continue
			}
			items, err := client.Resource(gv.WithResource(r.Name)).List(t.Context(), metav1.ListOptions{})
			if err != nil {
				t.Fatalf("%s: %v", r.Name, err)
			}
			for i := range items.Items {
				u := &items.Items[i]
				if text := d(u); text != "" && !own[u.GetNamespace()] {
					out[strings.ToLower(u.GetKind())+" "+u.GetNamespace()+"/"+u.GetName()] = text
				}
			}
		}
	}
	return out
}

// rest waits until nothing changes any more, and takes the snapshot.
func (tg *target) rest(t *testing.T, d detail) snapshot {
	t.Helper()
	last := tg.look(t, d)
	eventually(t, "an application at rest", func() error {
		time.Sleep(500 * time.Millisecond)
		now := tg.look(t, d)
		diff := cmp.Diff(last, now)
		if last = now; diff != "" {
			return fmt.Errorf("it changes: %s", diff)
		}
		return nil
	})
	return last
}

// holds waits until all is as it was: pods that were tried end in their own time.
func (tg *target) holds(t *testing.T, before snapshot, d detail) {
	t.Helper()
	same := func(now snapshot) bool { return maps.Equal(before, now) }
	now := tg.look(t, d)
	for end := time.Now().Add(30 * time.Second); !same(now) && time.Now().Before(end); now = tg.look(t, d) {
		time.Sleep(100 * time.Millisecond)
	}
	if !same(now) {
		t.Errorf("something changed:\n%s", cmp.Diff(before, now))
	}
}
