package confine

import corev1 "k8s.io/api/core/v1"

// effective is the container's security context, completed by the pod's.
func effective(pod *corev1.Pod, c *corev1.Container) *corev1.SecurityContext {
	sc := &corev1.SecurityContext{}
	if c.SecurityContext != nil {
		sc = c.SecurityContext.DeepCopy()
	}
	p := pod.Spec.SecurityContext
	if p == nil {
		return sc
	}
	if sc.RunAsUser == nil {
		sc.RunAsUser = p.RunAsUser
	}
	if sc.RunAsGroup == nil {
		sc.RunAsGroup = p.RunAsGroup
	}
	if sc.RunAsNonRoot == nil {
		sc.RunAsNonRoot = p.RunAsNonRoot
	}
	if sc.SeccompProfile == nil {
		sc.SeccompProfile = p.SeccompProfile
	}
	return sc
}

// noNewPrivileges: allowPrivilegeEscalation is true unless it says false, and always for who has every privilege.
func noNewPrivileges(sc *corev1.SecurityContext) bool {
	if isTrue(sc.Privileged) || sc.Capabilities != nil && named(sc.Capabilities.Add, "SYS_ADMIN") {
		return false
	}
	return sc.AllowPrivilegeEscalation != nil && !*sc.AllowPrivilegeEscalation
}
