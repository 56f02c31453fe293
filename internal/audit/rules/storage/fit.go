package storage

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

// disk is a PersistentVolume.
type disk struct {
	*objects.Object
	spec *corev1.PersistentVolumeSpec
}

func disks(p *rule.Pass) []disk {
	var all []disk
	for _, o := range p.OfKind("PersistentVolume") {
		if v, ok := o.Object.(*corev1.PersistentVolume); ok {
			all = append(all, disk{o, &v.Spec})
		}
	}
	return all
}

func (d disk) class() string {
	if c, ok := d.Meta().GetAnnotations()[corev1.BetaStorageClassAnnotation]; ok {
		return c
	}
	return d.spec.StorageClassName
}

// gap is one thing that keeps a claim and a volume apart.
type gap struct {
	field string // of the volume's spec
	claim string // of the claim's spec
	text  string // as seen from the volume: "has class a, and %s asks for b"
}

// between lists what keeps a claim from a volume, as the volume binder of Kubernetes sees it; none if it may bind.
func between(w wish, d disk) []gap {
	var gaps []gap
	add := func(field, claim, format string, args ...any) {
		gaps = append(gaps, gap{field, claim, fmt.Sprintf(format, args...)})
	}
	named := w.spec.VolumeName != "" && !w.template
	if named && w.spec.VolumeName != d.Name() {
		add("", "volumeName", "is not the volume %s that %s names", w.spec.VolumeName, w.title())
	}
	reserved := false
	if r := d.spec.ClaimRef; r != nil && r.Name != "" {
		reserved = !w.template && r.Name == w.name && (r.Namespace == w.Namespace() || r.Namespace == "")
		if !reserved {
			add("claimRef", "", "is reserved for claim %s/%s, not for %s", r.Namespace, r.Name, w.title())
		}
	}
	if class, ok := w.class(); ok && class != d.class() && !reserved {
		add("storageClassName", "storageClassName", "%s, and %s asks for %s", having(d.class()), w.title(), called(class))
	}
	want, have := w.spec.Resources.Requests[corev1.ResourceStorage], d.spec.Capacity[corev1.ResourceStorage]
	if want.Cmp(have) > 0 {
		add("capacity.storage", "resources.requests.storage", "has %s, and %s asks for %s", have.String(), w.title(), want.String())
	}
	if mode(w.spec.VolumeMode) != mode(d.spec.VolumeMode) {
		add("volumeMode", "volumeMode", "is of mode %s, and %s asks for %s", mode(d.spec.VolumeMode), w.title(), mode(w.spec.VolumeMode))
	}
	for _, m := range w.spec.AccessModes {
		if !slices.Contains(d.spec.AccessModes, m) && !reserved {
			add("accessModes", "accessModes", "cannot be used %s, as %s asks", m, w.title())
			break
		}
	}
	if w.spec.Selector != nil && !reserved && !named {
		if s, err := metav1.LabelSelectorAsSelector(w.spec.Selector); err == nil && !s.Matches(labels.Set(d.Meta().GetLabels())) {
			add("", "selector", "does not have the labels %s that %s selects", s, w.title())
		}
	}
	return gaps
}

func mode(m *corev1.PersistentVolumeMode) corev1.PersistentVolumeMode {
	if m == nil || *m == "" {
		return corev1.PersistentVolumeFilesystem
	}
	return *m
}

func having(class string) string {
	if class == "" {
		return "has no class"
	}
	return "has class " + class
}

func called(class string) string {
	if class == "" {
		return `none ("")`
	}
	return class
}

func disksOf(o *objects.Object) []disk {
	if v, ok := o.Object.(*corev1.PersistentVolume); ok {
		return []disk{{o, &v.Spec}}
	}
	return nil
}
