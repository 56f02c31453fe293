package namespace

import (
	"fmt"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// remainder is what is left of one kind.
type remainder struct {
	kind *store.Kind
	objs []store.Object
}

// describe says in the status what is left and which finalizers hold it, in the words of Kubernetes; it tells
// whether that changed anything.
func describe(s *corev1.NamespaceStatus, left []remainder, now metav1.Time) bool {
	var content []string
	holders := map[string]int{}
	for _, r := range left {
		content = append(content, fmt.Sprintf("%s has %d resource instances", r.kind.GR(), len(r.objs)))
		for _, obj := range r.objs {
			for _, f := range obj.GetFinalizers() {
				holders[f]++
			}
		}
	}
	var finalizers []string
	for f, n := range holders {
		finalizers = append(finalizers, fmt.Sprintf("%s in %d resource instances", f, n))
	}
	sort.Strings(content)
	sort.Strings(finalizers)
	changed := set(s, now, corev1.NamespaceDeletionContentFailure, false, "ContentDeleted", "All content successfully deleted, may be waiting on finalization")
	if set(s, now, corev1.NamespaceContentRemaining, true, "SomeResourcesRemain", "Some resources are remaining: "+strings.Join(content, ", ")) {
		changed = true
	}
	if len(finalizers) == 0 {
		return set(s, now, corev1.NamespaceFinalizersRemaining, false, "ContentHasNoFinalizers", "All content-preserving finalizers finished") || changed
	}
	return set(s, now, corev1.NamespaceFinalizersRemaining, true, "SomeFinalizersRemain", "Some content in the namespace has finalizers remaining: "+strings.Join(finalizers, ", ")) || changed
}

func set(s *corev1.NamespaceStatus, now metav1.Time, t corev1.NamespaceConditionType, yes bool, reason, message string) bool {
	c := corev1.NamespaceCondition{Type: t, Status: corev1.ConditionFalse, LastTransitionTime: now, Reason: reason, Message: message}
	if yes {
		c.Status = corev1.ConditionTrue
	}
	for i := range s.Conditions {
		was := &s.Conditions[i]
		if was.Type != t {
			continue
		}
		if was.Status == c.Status {
			c.LastTransitionTime = was.LastTransitionTime
		}
		changed := was.Status != c.Status || was.Message != c.Message
		*was = c
		return changed
	}
	s.Conditions = append(s.Conditions, c)
	return true
}
