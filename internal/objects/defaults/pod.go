package defaults

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
)

// setPod is for pods themselves; what a template gets is in setPodSpec.
func setPod(pod *corev1.Pod) {
	s := &pod.Spec
	for _, list := range [][]corev1.Container{s.InitContainers, s.Containers} {
		for i := range list {
			requestLimits(&list[i].Resources)
			for j := range list[i].Ports {
				if s.HostNetwork {
					text(&list[i].Ports[j].HostPort, list[i].Ports[j].ContainerPort)
				}
			}
		}
	}
	value(&s.EnableServiceLinks, corev1.DefaultEnableServiceLinks)
	if g := s.TerminationGracePeriodSeconds; g != nil && *g < 0 {
		*g = 1 // only in pods: templates keep it, and are refused
	}
	setPodSpec(s)
	admitPod(s)
	text(&pod.Status.Phase, corev1.PodPending)
	if ip := pod.Status.PodIP; ip != "" && (len(pod.Status.PodIPs) == 0 || pod.Status.PodIPs[0].IP != ip) {
		pod.Status.PodIPs = []corev1.PodIP{{IP: ip}}
	}
	if ip := pod.Status.HostIP; ip != "" && len(pod.Status.HostIPs) == 0 {
		pod.Status.HostIPs = []corev1.HostIP{{IP: ip}}
	}
	if pod.Status.QOSClass == "" {
		pod.Status.QOSClass = quality(s)
	}
}

func requestLimits(r *corev1.ResourceRequirements) {
	if r.Limits == nil {
		return
	}
	if r.Requests == nil {
		r.Requests = corev1.ResourceList{}
	}
	for name, q := range r.Limits {
		if _, ok := r.Requests[name]; !ok {
			r.Requests[name] = q.DeepCopy()
		}
	}
}

// admitPod is what the admission plugins ServiceAccount, Priority and DefaultTolerationSeconds give.
func admitPod(s *corev1.PodSpec) {
	text(&s.ServiceAccountName, "default")
	s.DeprecatedServiceAccount = s.ServiceAccountName
	value(&s.Priority, 0)
	value(&s.PreemptionPolicy, corev1.PreemptLowerPriority)
	for _, key := range []string{corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable} {
		tolerated := false
		for _, t := range s.Tolerations {
			if (t.Key == key || t.Key == "") && (t.Effect == corev1.TaintEffectNoExecute || t.Effect == "") {
				tolerated = true
			}
		}
		if !tolerated {
			seconds := int64(300)
			s.Tolerations = append(s.Tolerations, corev1.Toleration{
				Key: key, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: &seconds,
			})
		}
	}
}

// quality is the class by which the kernel picks whom to kill when memory is short:
// https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
func quality(s *corev1.PodSpec) corev1.PodQOSClass {
	asked, guaranteed := false, true
	for _, list := range [][]corev1.Container{s.InitContainers, s.Containers} {
		for _, c := range list {
			limited := sets.New[corev1.ResourceName]()
			for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
				limit, request := c.Resources.Limits[name], c.Resources.Requests[name]
				asked = asked || !limit.IsZero() || !request.IsZero()
				if !limit.IsZero() {
					limited.Insert(name)
				}
				guaranteed = guaranteed && (request.IsZero() || request.Cmp(limit) == 0)
			}
			guaranteed = guaranteed && limited.Len() == 2
		}
	}
	switch {
	case !asked:
		return corev1.PodQOSBestEffort
	case guaranteed:
		return corev1.PodQOSGuaranteed
	}
	return corev1.PodQOSBurstable
}

func setTemplate(t *corev1.PodTemplateSpec) { setPodSpec(&t.Spec) }

// setPodSpec is for pods and for templates.
func setPodSpec(s *corev1.PodSpec) {
	text(&s.DNSPolicy, corev1.DNSClusterFirst)
	text(&s.RestartPolicy, corev1.RestartPolicyAlways)
	value(&s.SecurityContext, corev1.PodSecurityContext{})
	value(&s.TerminationGracePeriodSeconds, corev1.DefaultTerminationGracePeriodSeconds)
	text(&s.SchedulerName, corev1.DefaultSchedulerName)
	text(&s.ServiceAccountName, s.DeprecatedServiceAccount)
	s.DeprecatedServiceAccount = s.ServiceAccountName
	setResources(s.Overhead)
	if s.Resources != nil {
		setRequirements(s.Resources)
	}
	for i := range s.Volumes {
		setPodVolume(&s.Volumes[i])
	}
	for i := range s.InitContainers {
		setContainer(&s.InitContainers[i])
	}
	for i := range s.Containers {
		setContainer(&s.Containers[i])
	}
	for i := range s.EphemeralContainers {
		setContainer((*corev1.Container)(&s.EphemeralContainers[i].EphemeralContainerCommon))
	}
}

func setRequirements(r *corev1.ResourceRequirements) {
	setResources(r.Limits)
	setResources(r.Requests)
}

// setResources rounds quantities up to thousandths, the smallest that Kubernetes keeps.
func setResources(list corev1.ResourceList) {
	for name, q := range list {
		q.RoundUp(-3)
		list[name] = q
	}
}
