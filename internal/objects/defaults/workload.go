package defaults

import (
	appsv1 "k8s.io/api/apps/v1"
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
