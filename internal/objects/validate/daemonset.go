package validate

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func daemonSet(f *findings, s *appsv1.DaemonSetSpec) {
	at := objectSpec.Child("selector")
	if s.Selector == nil { // a server tells it from the labels, which nothing matches
		f.invalid(objectSpec.Child("template", "metadata", "labels"), s.Template.Labels, noMatch)
	} else {
		f.selector(at, s.Selector)
		if sel, err := metav1.LabelSelectorAsSelector(s.Selector); err == nil && !sel.Matches(labels.Set(s.Template.Labels)) {
			f.invalid(objectSpec.Child("template", "metadata", "labels"), s.Template.Labels, noMatch)
		}
		if len(s.Selector.MatchLabels)+len(s.Selector.MatchExpressions) == 0 {
			f.invalid(at, s.Selector, "empty selector is invalid for daemonset")
		}
	}
	template(f, objectSpec.Child("template"), &s.Template)
	alwaysRestart(f, &s.Template.Spec, "DaemonSet")
	f.notNegative(objectSpec.Child("minReadySeconds"), int64(s.MinReadySeconds))
	daemonUpdate(f, objectSpec.Child("updateStrategy"), &s.UpdateStrategy)
	notNegativeIf(f, objectSpec.Child("revisionHistoryLimit"), s.RevisionHistoryLimit)
}

func daemonUpdate(f *findings, p *field.Path, u *appsv1.DaemonSetUpdateStrategy) {
	switch u.Type {
	case appsv1.OnDeleteDaemonSetStrategyType:
		return
	case appsv1.RollingUpdateDaemonSetStrategyType:
	default:
		f.add(field.NotSupported(p, u, []appsv1.DaemonSetUpdateStrategyType{appsv1.RollingUpdateDaemonSetStrategyType, appsv1.OnDeleteDaemonSetStrategyType}))
		return
	}
	r := u.RollingUpdate
	p = p.Child("rollingUpdate")
	if r == nil || r.MaxUnavailable == nil || r.MaxSurge == nil {
		f.required(p)
		return
	}
	missing, surge := p.Child("maxUnavailable"), p.Child("maxSurge")
	countOrPercent(f, missing, r.MaxUnavailable)
	countOrPercent(f, surge, r.MaxSurge)
	atMostAll(f, missing, r.MaxUnavailable)
	atMostAll(f, surge, r.MaxSurge)
	switch {
	case amount(r.MaxUnavailable) != 0 && amount(r.MaxSurge) != 0:
		f.invalid(surge, *r.MaxSurge, "may not be set when maxUnavailable is non-zero")
	case amount(r.MaxUnavailable) == 0 && amount(r.MaxSurge) == 0:
		f.add(field.Required(missing, "cannot be 0 when maxSurge is 0"))
	}
}

func replicationController(f *findings, s *corev1.ReplicationControllerSpec) {
	f.notNegative(objectSpec.Child("minReadySeconds"), int64(s.MinReadySeconds))
	if len(s.Selector) == 0 {
		f.required(objectSpec.Child("selector"))
	}
	if s.Replicas == nil {
		f.required(objectSpec.Child("replicas"))
	}
	notNegativeIf(f, objectSpec.Child("replicas"), s.Replicas)
	at := objectSpec.Child("template")
	if s.Template == nil {
		f.required(at)
		return
	}
	if !labels.SelectorFromSet(s.Selector).Matches(labels.Set(s.Template.Labels)) {
		f.invalid(at.Child("metadata", "labels"), s.Template.Labels, noMatch)
	}
	template(f, at, s.Template)
	alwaysRestart(f, &s.Template.Spec, "ReplicationController")
}
