package deliver

import (
	"encoding/json"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// ReplicasAnnotation keeps the number of replicas that the files last asked for.
const ReplicasAnnotation = "slipway.dev/replicas"

// settleReplicas decides whether the number of replicas in the files is sent (see doc.go: who owns replicas).
func settleReplicas(want, live *unstructured.Unstructured, autoscaled bool) {
	asked, found, _ := unstructured.NestedInt64(want.Object, "spec", "replicas")
	if !found {
		return
	}
	number := strconv.FormatInt(asked, 10)
	annotate(want, ReplicasAnnotation, number)
	if live == nil {
		return
	}
	if !autoscaled && live.GetAnnotations()[ReplicasAnnotation] != number {
		return
	}
	if now, ok, _ := unstructured.NestedInt64(live.Object, "spec", "replicas"); ok && ownsReplicas(live) {
		// What its only owner no longer sends, the API sets back to its default.
		_ = unstructured.SetNestedField(want.Object, now, "spec", "replicas")
		return
	}
	unstructured.RemoveNestedField(want.Object, "spec", "replicas")
}

// ownsReplicas tells whether the number there is the one that we applied.
func ownsReplicas(live *unstructured.Unstructured) bool {
	for _, f := range live.GetManagedFields() {
		if f.Manager == Manager && f.Operation == "Apply" && f.Subresource == "" && f.FieldsV1 != nil {
			var set struct {
				Spec map[string]json.RawMessage `json:"f:spec"`
			}
			if json.Unmarshal(f.FieldsV1.GetRawBytes(), &set) == nil && set.Spec["f:replicas"] != nil {
				return true
			}
		}
	}
	return false
}

func annotate(u *unstructured.Unstructured, key, value string) {
	a := u.GetAnnotations()
	if a == nil {
		a = map[string]string{}
	}
	a[key] = value
	u.SetAnnotations(a)
}
