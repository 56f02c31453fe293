package defaults

import (
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func setDeployment(d *appsv1.Deployment) {
	value(&d.Spec.Replicas, 1)
	s := &d.Spec.Strategy
	text(&s.Type, appsv1.RollingUpdateDeploymentStrategyType)
	if s.Type == appsv1.RollingUpdateDeploymentStrategyType {
		value(&s.RollingUpdate, appsv1.RollingUpdateDeployment{})
		value(&s.RollingUpdate.MaxUnavailable, intstr.FromString("25%"))
		value(&s.RollingUpdate.MaxSurge, intstr.FromString("25%"))
	}
	value(&d.Spec.RevisionHistoryLimit, 10)
	value(&d.Spec.ProgressDeadlineSeconds, 600)
	setTemplate(&d.Spec.Template)
}

func setDaemonSet(d *appsv1.DaemonSet) {
	u := &d.Spec.UpdateStrategy
	text(&u.Type, appsv1.RollingUpdateDaemonSetStrategyType)
	if u.Type == appsv1.RollingUpdateDaemonSetStrategyType {
		value(&u.RollingUpdate, appsv1.RollingUpdateDaemonSet{})
		value(&u.RollingUpdate.MaxUnavailable, intstr.FromInt32(1))
		value(&u.RollingUpdate.MaxSurge, intstr.FromInt32(0))
	}
	value(&d.Spec.RevisionHistoryLimit, 10)
	setTemplate(&d.Spec.Template)
}

// setReplicationController also gives a controller without a selector, or without labels, those of its pods.
func setReplicationController(r *corev1.ReplicationController) {
	value(&r.Spec.Replicas, 1)
	if t := r.Spec.Template; t != nil {
		if t.Labels != nil && len(r.Spec.Selector) == 0 {
			r.Spec.Selector = maps.Clone(t.Labels)
		}
		if t.Labels != nil && len(r.Labels) == 0 {
			r.Labels = maps.Clone(t.Labels)
		}
		setTemplate(t)
	}
}

func setStatefulSet(s *appsv1.StatefulSet) {
	text(&s.Spec.PodManagementPolicy, appsv1.OrderedReadyPodManagement)
	u := &s.Spec.UpdateStrategy
	if u.Type == "" {
		u.Type = appsv1.RollingUpdateStatefulSetStrategyType
		value(&u.RollingUpdate, appsv1.RollingUpdateStatefulSetStrategy{})
	}
	if u.Type == appsv1.RollingUpdateStatefulSetStrategyType && u.RollingUpdate != nil {
		value(&u.RollingUpdate.Partition, 0)
	}
	value(&s.Spec.PersistentVolumeClaimRetentionPolicy, appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{})
	text(&s.Spec.PersistentVolumeClaimRetentionPolicy.WhenDeleted, appsv1.RetainPersistentVolumeClaimRetentionPolicyType)
	text(&s.Spec.PersistentVolumeClaimRetentionPolicy.WhenScaled, appsv1.RetainPersistentVolumeClaimRetentionPolicyType)
	value(&s.Spec.Replicas, 1)
	value(&s.Spec.RevisionHistoryLimit, 10)
	setTemplate(&s.Spec.Template)
	for i := range s.Spec.VolumeClaimTemplates {
		t := &s.Spec.VolumeClaimTemplates[i]
		t.APIVersion, t.Kind = "v1", "PersistentVolumeClaim"
		setClaim(t)
	}
}
