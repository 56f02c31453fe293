package manifest

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-sh/slipway/internal/objects"
)

// piece puts containers that stand without an object into one, so that what is wrong with them is found as well. It is
// a DaemonSet, of which least is asked beside its containers.
func (d *document) piece(value any) {
	containers, prefix := containersIn(value)
	if len(containers) == 0 {
		return
	}
	var spec corev1.PodSpec
	pod := map[string]any{"containers": containers}
	faults := fit(pod, reflect.TypeFor[corev1.PodSpec]())
	if len(faults) > 0 || runtime.DefaultUnstructuredConverter.FromUnstructured(pod, &spec) != nil {
		return // a piece that does not even fit is said to be one, and that is enough
	}
	name := strings.TrimSuffix(filepath.Base(d.text.File), filepath.Ext(d.text.File))
	if d.index > 0 {
		name = fmt.Sprintf("%s-%d", name, d.index)
	}
	o := objects.New(&appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: appsv1.DaemonSetSpec{Template: corev1.PodTemplateSpec{Spec: spec}}}, d.origin("", ""))
	o.Piece, o.Rewritten = true, true
	o.SetLocator(func(fieldPath string) (objects.Origin, bool) {
		rest, ok := strings.CutPrefix(fieldPath, "spec.template.spec.containers")
		if !ok {
			return o.Origin, true
		}
		return d.origin("", prefix+rest), true
	})
	d.objects = append(d.objects, o)
}

// containersIn finds containers in a piece: a list of them, or a pod's spec.
func containersIn(value any) (containers []any, prefix string) {
	switch v := value.(type) {
	case map[string]any:
		containers, _ = v["containers"].([]any)
		prefix = "containers"
	case []any:
		containers = v
	}
	for _, c := range containers {
		m, ok := c.(map[string]any)
		if !ok || text(m["image"]) == "" || text(m["name"]) == "" {
			return nil, ""
		}
	}
	return containers, prefix
}
