package table

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func (r row) node(n *corev1.Node) metav1.TableRow {
	status := "Unknown"
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			status = "NotReady"
			if c.Status == corev1.ConditionTrue {
				status = "Ready"
			}
		}
	}
	if n.Spec.Unschedulable {
		status += ",SchedulingDisabled"
	}
	var roles []string
	for k, v := range n.Labels {
		if role, ok := strings.CutPrefix(k, "node-role.kubernetes.io/"); ok {
			roles = append(roles, role)
		} else if k == "kubernetes.io/role" {
			roles = append(roles, v)
		}
	}
	address := func(t corev1.NodeAddressType) string {
		for _, a := range n.Status.Addresses {
			if a.Type == t {
				return a.Address
			}
		}
		return "<none>"
	}
	info := n.Status.NodeInfo
	kernel := or(info.KernelVersion, "<unknown>")
	if info.Architecture != "" {
		kernel += " (" + info.Architecture + ")"
	}
	return r.of(r.name, status, or(strings.Join(tidy(roles), ","), "<none>"), r.age, info.KubeletVersion, address(corev1.NodeInternalIP),
		address(corev1.NodeExternalIP), or(info.OSImage, "<unknown>"), kernel, or(info.ContainerRuntimeVersion, "<unknown>"))
}

func modes(list []corev1.PersistentVolumeAccessMode) string {
	var out []string
	for _, m := range []struct {
		mode corev1.PersistentVolumeAccessMode
		text string
	}{{corev1.ReadWriteOnce, "RWO"}, {corev1.ReadOnlyMany, "ROX"}, {corev1.ReadWriteMany, "RWX"}, {corev1.ReadWriteOncePod, "RWOP"}} {
		if slices.Contains(list, m.mode) {
			out = append(out, m.text)
		}
	}
	return strings.Join(out, ",")
}

func (r row) volume(v *corev1.PersistentVolume) metav1.TableRow {
	claim := ""
	if c := v.Spec.ClaimRef; c != nil {
		claim = c.Namespace + "/" + c.Name
	}
	phase := string(v.Status.Phase)
	if v.DeletionTimestamp != nil {
		phase = "Terminating"
	}
	size := v.Spec.Capacity[corev1.ResourceStorage]
	class := v.Spec.StorageClassName
	if old, ok := v.Annotations[corev1.BetaStorageClassAnnotation]; ok {
		class = old
	}
	return r.of(r.name, size.String(), modes(v.Spec.AccessModes), string(v.Spec.PersistentVolumeReclaimPolicy), phase, claim, class,
		some(v.Spec.VolumeAttributesClassName, "<unset>"), v.Status.Reason, r.age, some(v.Spec.VolumeMode, "<unset>"))
}

func (r row) claim(c *corev1.PersistentVolumeClaim) metav1.TableRow {
	phase := string(c.Status.Phase)
	if c.DeletionTimestamp != nil {
		phase = "Terminating"
	}
	capacity, access := "", ""
	if c.Spec.VolumeName != "" {
		size := c.Status.Capacity[corev1.ResourceStorage]
		capacity, access = size.String(), modes(c.Status.AccessModes)
	}
	class := some(c.Spec.StorageClassName, "")
	if old, ok := c.Annotations[corev1.BetaStorageClassAnnotation]; ok {
		class = old
	}
	return r.of(r.name, phase, c.Spec.VolumeName, capacity, access, class, some(c.Spec.VolumeAttributesClassName, "<unset>"), r.age,
		some(c.Spec.VolumeMode, "<unset>"))
}

func (r row) storageClass(c *storagev1.StorageClass) metav1.TableRow {
	name := r.name
	for _, a := range []string{"storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"} {
		if c.Annotations[a] == "true" {
			name = r.name + " (default)"
		}
	}
	return r.of(name, c.Provisioner, some(c.ReclaimPolicy, "Delete"), some(c.VolumeBindingMode, "Immediate"),
		c.AllowVolumeExpansion != nil && *c.AllowVolumeExpansion, r.age)
}

func (r row) event(e *corev1.Event) metav1.TableRow {
	first := r.since(e.FirstTimestamp)
	if e.FirstTimestamp.IsZero() {
		first = since(r.now, e.EventTime.Time)
	}
	last, times := r.since(e.LastTimestamp), e.Count
	if e.LastTimestamp.IsZero() {
		last = first
	}
	if e.Series != nil {
		last, times = since(r.now, e.Series.LastObservedTime.Time), e.Series.Count
	} else if times == 0 {
		times = 1
	}
	target := strings.ToLower(e.InvolvedObject.Kind)
	if e.InvolvedObject.Name != "" {
		target += "/" + e.InvolvedObject.Name
	}
	source := or(e.Source.Component, e.ReportingController)
	if host := or(e.Source.Host, e.ReportingInstance); host != "" {
		source += ", " + host
	}
	return r.of(last, e.Type, e.Reason, target, e.InvolvedObject.FieldPath, source, strings.TrimSpace(e.Message), first, int64(times), r.name)
}
