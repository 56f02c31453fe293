package node

import (
	corev1 "k8s.io/api/core/v1"
)

// qos is the pod's quality of service; see
// https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
func qos(pod *corev1.Pod) corev1.PodQOSClass {
	guaranteed, some := true, false
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			res := list[i].Resources
			for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
				limit, haveLimit := res.Limits[name]
				request, haveRequest := res.Requests[name]
				some = some || haveLimit && !limit.IsZero() || haveRequest && !request.IsZero()
				if !haveLimit || limit.IsZero() || haveRequest && request.Cmp(limit) != 0 {
					guaranteed = false
				}
			}
		}
	}
	switch {
	case !some:
		return corev1.PodQOSBestEffort
	case guaranteed:
		return corev1.PodQOSGuaranteed
	}
	return corev1.PodQOSBurstable
}
