package store

import (
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
)

// initMeta gives a new object the metadata that no client may choose, and a namespace the finalizer that keeps it
// until its contents are gone.
func initMeta(obj Object, k *Kind, now time.Time) {
	obj.SetUID(uuid.NewUUID())
	obj.SetCreationTimestamp(metav1.NewTime(now.Truncate(time.Second)))
	obj.SetDeletionTimestamp(nil)
	obj.SetDeletionGracePeriodSeconds(nil)
	obj.SetGeneration(0)
	if k.counted() {
		obj.SetGeneration(1)
	}
	obj.SetResourceVersion("")
	obj.SetSelfLink("")
	setKind(obj, k)
	if ns, ok := obj.(*corev1.Namespace); ok {
		ns.Spec.Finalizers = []corev1.FinalizerName{corev1.FinalizerKubernetes}
		ns.Status = corev1.NamespaceStatus{Phase: corev1.NamespaceActive}
	}
}

// counted tells whether Kubernetes counts the generations of a kind.
func (k *Kind) counted() bool { return generations[k.Resource] }

var generations = map[string]bool{
	"pods": true, "deployments": true, "replicasets": true, "statefulsets": true, "jobs": true, "cronjobs": true,
	"endpointslices": true, "ingresses": true, "ingressclasses": true, "networkpolicies": true, "poddisruptionbudgets": true,
}

// setKind fills apiVersion and kind, which decoders clear.
func setKind(obj Object, k *Kind) { obj.GetObjectKind().SetGroupVersionKind(k.GVK) }

// keepMeta restores the metadata that no client may change.
func keepMeta(next, old Object) {
	next.SetUID(old.GetUID())
	next.SetCreationTimestamp(old.GetCreationTimestamp())
	next.SetDeletionTimestamp(old.GetDeletionTimestamp())
	next.SetDeletionGracePeriodSeconds(old.GetDeletionGracePeriodSeconds())
	next.SetGeneration(old.GetGeneration())
	next.SetResourceVersion(old.GetResourceVersion())
	next.SetSelfLink("")
}

// CopyStatus gives an object the status of another of its type, which it then shares with it.
func CopyStatus(to, from Object) {
	dst, src := reflect.ValueOf(to).Elem().FieldByName("Status"), reflect.ValueOf(from).Elem().FieldByName("Status")
	if dst.IsValid() {
		dst.Set(src)
	}
}

// specChanged compares everything but metadata and status.
func specChanged(a, b Object) bool {
	va, vb := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	for i := range va.NumField() {
		switch va.Type().Field(i).Name {
		case "TypeMeta", "ObjectMeta", "Status":
			continue
		}
		if !equality.Semantic.DeepEqual(va.Field(i).Interface(), vb.Field(i).Interface()) {
			return true
		}
	}
	return false
}

// unchanged compares all but the times in managed fields, which every write renews.
func unchanged(next, old Object) bool {
	fields := next.GetManagedFields()
	defer next.SetManagedFields(fields)
	if sameManagers(fields, old.GetManagedFields()) {
		next.SetManagedFields(old.GetManagedFields())
	}
	return equality.Semantic.DeepEqual(next, old)
}

func sameManagers(a, b []metav1.ManagedFieldsEntry) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		x.Time, y.Time = nil, nil
		if !equality.Semantic.DeepEqual(x, y) {
			return false
		}
	}
	return true
}
