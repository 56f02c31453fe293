package defaults

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// setLimits completes the limits of containers: what is not requested is what is limited, what is not limited is the
// most there is.
func setLimits(l *corev1.LimitRangeItem) {
	if l.Type == corev1.LimitTypeContainer {
		if l.Default == nil {
			l.Default = corev1.ResourceList{}
		}
		if l.DefaultRequest == nil {
			l.DefaultRequest = corev1.ResourceList{}
		}
		complete(l.Default, l.Max)
		complete(l.DefaultRequest, l.Default)
		complete(l.DefaultRequest, l.Min)
	}
	for _, list := range []corev1.ResourceList{l.Max, l.Min, l.Default, l.DefaultRequest, l.MaxLimitRequestRatio} {
		setResources(list)
	}
}

func complete(list, from corev1.ResourceList) {
	for name, q := range from {
		if _, ok := list[name]; !ok {
			list[name] = q.DeepCopy()
		}
	}
}

func setBinding(r *rbacv1.RoleRef, subjects []rbacv1.Subject) {
	text(&r.APIGroup, rbacv1.GroupName)
	for i := range subjects {
		if k := subjects[i].Kind; k == rbacv1.UserKind || k == rbacv1.GroupKind {
			text(&subjects[i].APIGroup, rbacv1.GroupName)
		}
	}
}

func setDriver(s *storagev1.CSIDriverSpec) {
	value(&s.AttachRequired, true)
	for _, b := range []**bool{&s.PodInfoOnMount, &s.StorageCapacity, &s.RequiresRepublish, &s.SELinuxMount} {
		value(b, false)
	}
	value(&s.FSGroupPolicy, storagev1.ReadWriteOnceWithFSTypeFSGroupPolicy)
	if len(s.VolumeLifecycleModes) == 0 {
		s.VolumeLifecycleModes = []storagev1.VolumeLifecycleMode{storagev1.VolumeLifecyclePersistent}
	}
}

func setWebhook(c *admissionv1.WebhookClientConfig, rules []admissionv1.RuleWithOperations, failure **admissionv1.FailurePolicyType,
	match **admissionv1.MatchPolicyType, namespaces, objects **metav1.LabelSelector, timeout **int32) {
	value(failure, admissionv1.Fail)
	value(match, admissionv1.Equivalent)
	value(namespaces, metav1.LabelSelector{})
	value(objects, metav1.LabelSelector{})
	value(timeout, 10)
	for i := range rules {
		value(&rules[i].Scope, admissionv1.AllScopes)
	}
	if c.Service != nil {
		value(&c.Service.Port, 443)
	}
}
