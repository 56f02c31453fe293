package pods

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// OwnedBy lists the pods that owner controls.
func OwnedBy(s *store.Store, owner store.Object) []*corev1.Pod {
	return Filter(store.List[*corev1.Pod](s, owner.GetNamespace(), nil), func(p *corev1.Pod) bool {
		return metav1.IsControlledBy(p, owner)
	})
}
