package validate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// podChange judges what may not change in a pod that exists:
// https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement
func podChange(f *findings, o, old *corev1.Pod) {
	s, b := &o.Spec, &old.Spec
	for _, k := range sorted(o.Annotations) {
		if _, ok := old.Annotations[k]; k == corev1.MirrorPodAnnotationKey && !ok {
			f.forbid(metadata.Child("annotations").Key(k), "may not add mirror pod annotation")
		}
	}
	if len(s.Containers) != len(b.Containers) {
		f.forbid(objectSpec.Child("containers"), "pod updates may not add or remove containers")
		return
	}
	if len(s.InitContainers) != len(b.InitContainers) {
		f.forbid(objectSpec.Child("initContainers"), "pod updates may not add or remove containers")
		return
	}
	deadline := objectSpec.Child("activeDeadlineSeconds")
	switch now, was := s.ActiveDeadlineSeconds, b.ActiveDeadlineSeconds; {
	case now == nil && was != nil:
		f.invalid(deadline, now, "must not update from a positive integer to nil value")
	case now != nil && was != nil && *was < *now:
		f.invalid(deadline, *now, "must be less than or equal to previous value")
		return
	}
	addedTolerations(f, objectSpec.Child("tolerations"), s.Tolerations, b.Tolerations)
	for i, g := range s.SchedulingGates {
		if !hasGate(b.SchedulingGates, g.Name) {
			f.forbid(objectSpec.Child("schedulingGates").Index(i).Child("name"), fmt.Sprintf("only deletion is allowed, but found new scheduling gate '%s'", g.Name))
		}
	}
	munged := s.DeepCopy()
	for i := range munged.Containers {
		munged.Containers[i].Image = b.Containers[i].Image
	}
	for i := range munged.InitContainers {
		munged.InitContainers[i].Image = b.InitContainers[i].Image
	}
	munged.ActiveDeadlineSeconds, munged.SchedulingGates, munged.Tolerations = b.ActiveDeadlineSeconds, b.SchedulingGates, b.Tolerations
	if b.NodeName == "" { // the scheduler's own write
		munged.NodeName = b.NodeName
	}
	if len(b.SchedulingGates) > 0 {
		ungated(f, munged, b)
	}
	if !same(*munged, *b) {
		f.forbid(objectSpec, "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)")
	}
}

// ungated lets a pod that waits at a gate be narrowed to fewer nodes, and puts back what that changed.
func ungated(f *findings, s, old *corev1.PodSpec) {
	for k, v := range old.NodeSelector {
		if s.NodeSelector[k] != v {
			f.invalid(objectSpec.Child("nodeSelector"), s.NodeSelector, "only additions to spec.nodeSelector are allowed (no mutations or deletions)")
			break
		}
	}
	s.NodeSelector = old.NodeSelector
	if s.Affinity != nil && old.Affinity != nil {
		s.Affinity.NodeAffinity = old.Affinity.NodeAffinity
	} else if s.Affinity != nil && s.Affinity.PodAffinity == nil && s.Affinity.PodAntiAffinity == nil {
		s.Affinity = nil
	}
}

func hasGate(list []corev1.PodSchedulingGate, name string) bool {
	for _, g := range list {
		if g.Name == name {
			return true
		}
	}
	return false
}
