package workload

import (
	"iter"
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/objects"
)

// objectSelector is what tells a workload's pods from others: its selector, else their labels.
func objectSelector(o *objects.Object) map[string]string {
	var s *metav1.LabelSelector
	switch v := o.Object.(type) {
	case *appsv1.Deployment:
		s = v.Spec.Selector
	case *appsv1.StatefulSet:
		s = v.Spec.Selector
	case *appsv1.ReplicaSet:
		s = v.Spec.Selector
	}
	if s != nil && len(s.MatchLabels) > 0 {
		return s.MatchLabels
	}
	l, _ := objects.PodLabels(o.Object)
	return l
}

func mapKeys(m map[string]string) iter.Seq[string] { return maps.Keys(m) }
