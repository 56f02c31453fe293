package api

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/api/support"
	"github.com/slipway-sh/slipway/internal/objects/defaults"
	"github.com/slipway-sh/slipway/internal/objects/validate"
)

// builtIn are the namespaces that every cluster has, and that cannot be deleted.
var builtIn = []string{metav1.NamespaceDefault, metav1.NamespaceSystem, metav1.NamespacePublic}

// admit adds to the store what an API server does with every write, in its order: it looks at the namespace, fills in
// defaults, judges what it is told, and refuses what the engine does not carry.
func (s *Server) admit(root string) {
	s.store.Admit(admitSpace(root))
	s.store.Admit(s.admitNamespace)
	s.store.Admit(setDefaults)
	s.store.Admit(s.admitServiceAccount)
	s.store.Admit(judge)
}

func (s *Server) admitNamespace(r *store.Request) error {
	switch {
	case r.Operation == store.OpDelete && r.Kind.Resource == "namespaces":
		for _, name := range builtIn {
			if r.Object.GetName() == name {
				return apierrors.NewForbidden(r.Kind.GR(), name, fmt.Errorf("this namespace may not be deleted"))
			}
		}
	case r.Operation == store.OpCreate && r.Kind.Namespaced:
		ns, err := store.Get[*corev1.Namespace](s.store, "", r.Object.GetNamespace())
		if err != nil {
			return err
		}
		if ns.DeletionTimestamp != nil {
			err := apierrors.NewForbidden(r.Kind.GR(), r.Object.GetName(), fmt.Errorf("unable to create new content in namespace %s because it is being terminated", ns.Name))
			err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{
				Type:    corev1.NamespaceTerminatingCause,
				Message: fmt.Sprintf("namespace %s is being terminated", ns.Name),
				Field:   "metadata.namespace",
			})
			return err
		}
	}
	return nil
}

func setDefaults(r *store.Request) error {
	switch {
	case r.Operation == store.OpCreate && r.Options.KeepStatus:
		defaults.Set(r.Object)
	case r.Operation == store.OpCreate:
		defaults.Create(r.Object)
	case r.Operation == store.OpUpdate && r.Subresource == "":
		defaults.Update(r.Object, r.Old)
	}
	return nil
}

// admitServiceAccount refuses a pod whose service account is not there, as Kubernetes does.
func (s *Server) admitServiceAccount(r *store.Request) error {
	pod, ok := r.Object.(*corev1.Pod)
	if !ok || r.Operation != store.OpCreate {
		return nil
	}
	if pod.Spec.ServiceAccountName == "" {
		pod.Spec.ServiceAccountName = defaultAccount
	}
	if pod.Spec.DeprecatedServiceAccount == "" {
		pod.Spec.DeprecatedServiceAccount = pod.Spec.ServiceAccountName
	}
	if pod.Spec.ServiceAccountName == defaultAccount {
		return nil // every namespace gets it, if not in this very moment
	}
	if _, err := store.Get[*corev1.ServiceAccount](s.store, pod.Namespace, pod.Spec.ServiceAccountName); err != nil {
		return apierrors.NewForbidden(r.Kind.GR(), pod.Name, fmt.Errorf("error looking up service account %s/%s: %w", pod.Namespace, pod.Spec.ServiceAccountName, err))
	}
	return nil
}

func judge(r *store.Request) error {
	var errs field.ErrorList
	switch {
	case r.Operation == store.OpCreate:
		errs = validate.Create(r.Object)
	case r.Operation == store.OpUpdate && r.Subresource == "":
		// As it would be filled in today: what is stored may be of a version that knew fewer defaults, and must not be
		// taken for a change of what cannot change.
		old := r.Old.DeepCopyObject()
		defaults.Set(old)
		errs = validate.Update(r.Object, old)
	default:
		return nil
	}
	if len(errs) == 0 {
		errs = support.Check(r.Object)
	}
	if len(errs) > 0 {
		return apierrors.NewInvalid(r.Kind.GVK.GroupKind(), r.Object.GetName(), errs)
	}
	for _, text := range support.Warnings(r.Object) {
		r.Warn(text)
	}
	return nil
}
