package deliver

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

var (
	podsResource   = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	eventsResource = schema.GroupVersionResource{Version: "v1", Resource: "events"}
	setsResource   = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "replicasets"}
)

// state is what the watches have seen of a few kinds in a few namespaces. One goroutine owns it.
type state struct {
	target  *Target
	changes chan change
	watched map[watching]bool
	objects map[schema.GroupVersionResource]map[types.UID]*unstructured.Unstructured
	pods    map[types.UID]*corev1.Pod
	events  map[types.UID][]*corev1.Event // by the object they are about, oldest first
	began   time.Time
}

func newState(t *Target) *state {
	return &state{
		target:  t,
		changes: make(chan change, 256),
		watched: map[watching]bool{},
		objects: map[schema.GroupVersionResource]map[types.UID]*unstructured.Unstructured{},
		pods:    map[types.UID]*corev1.Pod{},
		events:  map[types.UID][]*corev1.Event{},
		began:   time.Now(),
	}
}

// watch begins to follow a resource in a namespace, once.
func (s *state) watch(ctx context.Context, gvr schema.GroupVersionResource, namespace string) {
	w := watching{gvr, namespace}
	if !s.watched[w] {
		s.watched[w] = true
		go s.target.follow(ctx, w, s.changes)
	}
}

// take brings in a change.
func (s *state) take(c change) {
	known := s.objects[c.resource]
	if known == nil {
		known = map[types.UID]*unstructured.Unstructured{}
		s.objects[c.resource] = known
	}
	if c.all {
		s.forgetMissing(c, known)
		slices.SortStableFunc(c.objects, func(a, b *unstructured.Unstructured) int {
			return a.GetCreationTimestamp().Compare(b.GetCreationTimestamp().Time)
		})
	}
	for _, u := range c.objects {
		switch {
		case c.resource == eventsResource:
			s.takeEvent(u, c.gone)
		case c.gone:
			delete(known, u.GetUID())
			delete(s.pods, u.GetUID())
		default:
			known[u.GetUID()] = u
			if c.resource == podsResource {
				pod := &corev1.Pod{}
				if runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, pod) == nil {
					s.pods[u.GetUID()] = pod
				}
			}
		}
	}
}

// forgetMissing drops what a new list of one namespace no longer has.
func (s *state) forgetMissing(c change, known map[types.UID]*unstructured.Unstructured) {
	there := map[types.UID]bool{}
	for _, u := range c.objects {
		there[u.GetUID()] = true
	}
	for uid, u := range known {
		if !there[uid] && (c.namespace == "" || u.GetNamespace() == c.namespace) {
			delete(known, uid)
			delete(s.pods, uid)
		}
	}
}

func (s *state) takeEvent(u *unstructured.Unstructured, gone bool) {
	e := &corev1.Event{}
	if runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, e) != nil {
		return
	}
	about := e.InvolvedObject.UID
	list := slices.DeleteFunc(s.events[about], func(o *corev1.Event) bool { return o.UID == e.UID })
	if !gone {
		list = append(list, e)
	}
	s.events[about] = list
}

// latest is the newest event about an object with one of these reasons; nil if there is none.
func (s *state) latest(about types.UID, reasons ...string) *corev1.Event {
	for _, e := range slices.Backward(s.events[about]) {
		if slices.Contains(reasons, e.Reason) {
			return e
		}
	}
	return nil
}

// podsOf are the pods that a workload's newest version wants, by name.
func (s *state) podsOf(u *unstructured.Unstructured) []*corev1.Pod {
	if u.GetKind() == "Pod" {
		if p := s.pods[u.GetUID()]; p != nil {
			return []*corev1.Pod{p}
		}
		return nil
	}
	owner, revision := u.GetUID(), ""
	switch u.GetKind() {
	case "Deployment":
		set := s.newestSet(u)
		if set == nil {
			return nil
		}
		owner = set.GetUID()
	case "StatefulSet":
		revision, _, _ = unstructured.NestedString(u.Object, "status", "updateRevision")
	}
	var pods []*corev1.Pod
	for _, p := range s.pods {
		if p.DeletionTimestamp == nil && ownedBy(p, owner) && (revision == "" || p.Labels["controller-revision-hash"] == revision) {
			pods = append(pods, p)
		}
	}
	slices.SortFunc(pods, func(a, b *corev1.Pod) int { return cmp.Compare(a.Name, b.Name) })
	return pods
}

// newestSet is the ReplicaSet of a Deployment's present template, which its controller may not have made yet.
func (s *state) newestSet(d *unstructured.Unstructured) *unstructured.Unstructured {
	want := templateOf(d)
	for _, rs := range s.objects[setsResource] {
		if owned(rs.GetOwnerReferences(), d.GetUID()) && reflect.DeepEqual(want, templateOf(rs)) {
			return rs
		}
	}
	return nil
}

// templateOf is a pod template without the label that ReplicaSets add to it.
func templateOf(u *unstructured.Unstructured) map[string]any {
	t, _, _ := unstructured.NestedMap(u.Object, "spec", "template")
	unstructured.RemoveNestedField(t, "metadata", "labels", "pod-template-hash")
	return t
}
