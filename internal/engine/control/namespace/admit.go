package namespace

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

var immortal = map[string]bool{"default": true, "kube-system": true, "kube-public": true}

// Admit refuses to create anything in a namespace that does not exist or is being deleted, and to delete the
// namespaces that every cluster has; Kubernetes' admission plugin NamespaceLifecycle.
func Admit(s *store.Store) store.Admission {
	return func(r *store.Request) error {
		_, isNamespace := r.Object.(*corev1.Namespace)
		switch {
		case isNamespace && r.Operation == store.OpDelete && immortal[r.Object.GetName()]:
			return apierrors.NewForbidden(r.Kind.GR(), r.Object.GetName(), fmt.Errorf("this namespace may not be deleted"))
		case r.Operation != store.OpCreate || !r.Kind.Namespaced:
			return nil
		}
		ns, err := store.Get[*corev1.Namespace](s, "", r.Object.GetNamespace())
		if err != nil {
			return err
		}
		if ns.DeletionTimestamp == nil {
			return nil
		}
		refusal := apierrors.NewForbidden(r.Kind.GR(), r.Object.GetName(), fmt.Errorf("unable to create new content in namespace %s because it is being terminated", ns.Name))
		refusal.ErrStatus.Details.Causes = append(refusal.ErrStatus.Details.Causes, metav1.StatusCause{
			Type: corev1.NamespaceTerminatingCause, Message: fmt.Sprintf("namespace %s is being terminated", ns.Name), Field: "metadata.namespace",
		})
		return refusal
	}
}
