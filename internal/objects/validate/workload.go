package validate

import (
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func deployment(f *findings, s *appsv1.DeploymentSpec) {
	notNegativeIf(f, objectSpec.Child("replicas"), s.Replicas)
	replicated(f, s.Selector, &s.Template)
	strategy(f, objectSpec.Child("strategy"), &s.Strategy)
	f.notNegative(objectSpec.Child("minReadySeconds"), int64(s.MinReadySeconds))
	notNegativeIf(f, objectSpec.Child("revisionHistoryLimit"), s.RevisionHistoryLimit)
	if d := s.ProgressDeadlineSeconds; d != nil {
		f.notNegative(objectSpec.Child("progressDeadlineSeconds"), int64(*d))
		if *d <= s.MinReadySeconds {
			f.invalid(objectSpec.Child("progressDeadlineSeconds"), *d, "must be greater than minReadySeconds")
		}
	}
}

func replicaSet(f *findings, s *appsv1.ReplicaSetSpec) {
	notNegativeIf(f, objectSpec.Child("replicas"), s.Replicas)
	f.notNegative(objectSpec.Child("minReadySeconds"), int64(s.MinReadySeconds))
	replicated(f, s.Selector, &s.Template)
}

// workloadSelector judges a selector; the error says what an API server calls the kind.
func workloadSelector(f *findings, s *metav1.LabelSelector, kind, unusable string) (labels.Selector, bool) {
	at := objectSpec.Child("selector")
	if s == nil {
		f.required(at)
	} else {
		f.selector(at, s)
		if len(s.MatchLabels)+len(s.MatchExpressions) == 0 {
			f.invalid(at, s, "empty selector is invalid for "+kind)
		}
	}
	sel, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		f.invalid(at, s, unusable)
		return nil, false
	}
	return sel, true
}

const noMatch = "`selector` does not match template `labels`"

func selects(f *findings, sel labels.Selector, t *corev1.PodTemplateSpec) {
	if !sel.Empty() && !sel.Matches(labels.Set(t.Labels)) {
		f.invalid(objectSpec.Child("template", "metadata", "labels"), t.Labels, noMatch)
	}
}

// alwaysRestart is what a controller that keeps pods running wants of them.
func alwaysRestart(f *findings, s *corev1.PodSpec, kind string) {
	enum(f, objectSpec.Child("template", "spec", "restartPolicy"), s.RestartPolicy, corev1.RestartPolicyAlways)
	if s.ActiveDeadlineSeconds != nil {
		f.forbid(objectSpec.Child("template", "spec", "activeDeadlineSeconds"), "activeDeadlineSeconds in "+kind+" is not Supported")
	}
}

func replicated(f *findings, s *metav1.LabelSelector, t *corev1.PodTemplateSpec) {
	sel, ok := workloadSelector(f, s, "deployment", "invalid label selector") // of ReplicaSets too
	if !ok {
		return
	}
	selects(f, sel, t)
	template(f, objectSpec.Child("template"), t)
	alwaysRestart(f, &t.Spec, "ReplicaSet")
}

func strategy(f *findings, p *field.Path, s *appsv1.DeploymentStrategy) {
	u := s.RollingUpdate
	switch s.Type {
	case appsv1.RecreateDeploymentStrategyType:
		if u != nil {
			f.forbid(p.Child("rollingUpdate"), "may not be specified when strategy `type` is 'Recreate'")
		}
	case appsv1.RollingUpdateDeploymentStrategyType:
		if u == nil || u.MaxUnavailable == nil || u.MaxSurge == nil {
			f.add(field.Required(p.Child("rollingUpdate"), "this should be defaulted and never be nil"))
			return
		}
		at := p.Child("rollingUpdate", "maxUnavailable")
		countOrPercent(f, at, u.MaxUnavailable)
		countOrPercent(f, p.Child("rollingUpdate", "maxSurge"), u.MaxSurge)
		if amount(u.MaxUnavailable) == 0 && amount(u.MaxSurge) == 0 {
			f.invalid(at, *u.MaxUnavailable, "may not be 0 when `maxSurge` is 0")
		}
		atMostAll(f, at, u.MaxUnavailable)
	default:
		f.add(field.NotSupported(p, s.Type, []appsv1.DeploymentStrategyType{appsv1.RecreateDeploymentStrategyType, appsv1.RollingUpdateDeploymentStrategyType}))
	}
}

func countOrPercent(f *findings, p *field.Path, v *intstr.IntOrString) {
	if v.Type == intstr.String {
		f.invalid(p, *v, validation.IsValidPercent(v.StrVal)...)
	} else {
		f.notNegative(p, int64(v.IntValue()))
	}
}

func percent(v *intstr.IntOrString) (int, bool) {
	if v.Type != intstr.String || len(validation.IsValidPercent(v.StrVal)) > 0 {
		return 0, false
	}
	n, _ := strconv.Atoi(strings.TrimSuffix(v.StrVal, "%"))
	return n, true
}

func amount(v *intstr.IntOrString) int {
	if n, ok := percent(v); ok {
		return n
	}
	return v.IntValue()
}

func atMostAll(f *findings, p *field.Path, v *intstr.IntOrString) {
	if n, ok := percent(v); ok && n > 100 {
		f.invalid(p, *v, "must not be greater than 100%")
	}
}

func statefulSet(f *findings, s *appsv1.StatefulSetSpec, update bool) {
	if s.PodManagementPolicy == "" {
		f.required(objectSpec.Child("podManagementPolicy"))
	} else if s.PodManagementPolicy != appsv1.OrderedReadyPodManagement && s.PodManagementPolicy != appsv1.ParallelPodManagement {
		f.invalid(objectSpec.Child("podManagementPolicy"), s.PodManagementPolicy, "must be 'OrderedReady' or 'Parallel'")
	}
	statefulUpdate(f, objectSpec.Child("updateStrategy"), &s.UpdateStrategy)
	if r := s.PersistentVolumeClaimRetentionPolicy; r != nil {
		at := objectSpec.Child("persistentVolumeClaimRetentionPolicy")
		enum(f, at.Child("whenDeleted"), r.WhenDeleted, appsv1.RetainPersistentVolumeClaimRetentionPolicyType, appsv1.DeletePersistentVolumeClaimRetentionPolicyType)
		enum(f, at.Child("whenScaled"), r.WhenScaled, appsv1.RetainPersistentVolumeClaimRetentionPolicyType, appsv1.DeletePersistentVolumeClaimRetentionPolicyType)
	}
	if !update { // they cannot change afterwards, so that old mistakes may stay
		for i := range s.VolumeClaimTemplates {
			claimSpec(f, objectSpec.Child("volumeClaimTemplates").Index(i).Child("spec"), &s.VolumeClaimTemplates[i].Spec)
		}
	}
	notNegativeIf(f, objectSpec.Child("replicas"), s.Replicas)
	f.notNegative(objectSpec.Child("minReadySeconds"), int64(s.MinReadySeconds))
	if s.Ordinals != nil {
		f.notNegative(objectSpec.Child("ordinals.start"), int64(s.Ordinals.Start))
	}
	if !update && s.ServiceName != "" {
		f.label(objectSpec.Child("serviceName"), s.ServiceName)
	}
	if sel, ok := workloadSelector(f, s.Selector, "statefulset", ""); ok {
		t := withClaims(s)
		selects(f, sel, t)
		at := objectSpec.Child("template")
		template(f, at, t)
		// An API server judges these twice here, and says so twice.
		f.all(metavalidation.ValidateLabels(t.Labels, at.Child("labels")))
		f.all(apivalidation.ValidateAnnotations(t.Annotations, at.Child("annotations")))
	}
	alwaysRestart(f, &s.Template.Spec, "StatefulSet")
}

// withClaims is the template as its pods will be: a claim template takes the place of a volume of the same name.
func withClaims(s *appsv1.StatefulSetSpec) *corev1.PodTemplateSpec {
	if s.Template.Spec.Subdomain+s.Template.Spec.Hostname == "" && len(s.VolumeClaimTemplates) == 0 {
		return &s.Template
	}
	t := s.Template.DeepCopy()
	t.Spec.Subdomain, t.Spec.Hostname = "", ""
	var vols []corev1.Volume
	seen := map[string]bool{}
	for _, c := range s.VolumeClaimTemplates {
		if !seen[c.Name] {
			vols = append(vols, corev1.Volume{Name: c.Name, VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: c.Name},
			}})
		}
		seen[c.Name] = true
	}
	for _, v := range t.Spec.Volumes {
		if !seen[v.Name] {
			vols = append(vols, v)
		}
	}
	t.Spec.Volumes = vols
	return t
}

func statefulUpdate(f *findings, p *field.Path, u *appsv1.StatefulSetUpdateStrategy) {
	switch u.Type {
	case "":
		f.required(p)
	case appsv1.OnDeleteStatefulSetStrategyType:
		if u.RollingUpdate != nil {
			f.invalid(p.Child("rollingUpdate"), u.RollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")
		}
	case appsv1.RollingUpdateStatefulSetStrategyType:
		if r := u.RollingUpdate; r != nil {
			if r.Partition != nil {
				f.notNegative(p.Child("rollingUpdate", "partition"), int64(*r.Partition))
			}
			if r.MaxUnavailable != nil {
				at := p.Child("rollingUpdate", "maxUnavailable")
				countOrPercent(f, at, r.MaxUnavailable)
				if amount(r.MaxUnavailable) == 0 {
					f.invalid(at, *r.MaxUnavailable, "cannot be 0")
				}
				atMostAll(f, at, r.MaxUnavailable)
			}
		}
	default:
		f.invalid(p, u.Type, "must be 'RollingUpdate' or 'OnDelete'")
	}
}

func statefulChange(f *findings, s, old *appsv1.StatefulSetSpec) {
	c := s.DeepCopy()
	c.Replicas, c.Template, c.UpdateStrategy, c.MinReadySeconds = old.Replicas, old.Template, old.UpdateStrategy, old.MinReadySeconds
	c.Ordinals, c.RevisionHistoryLimit, c.PersistentVolumeClaimRetentionPolicy = old.Ordinals, old.RevisionHistoryLimit, old.PersistentVolumeClaimRetentionPolicy
	if !same(c, old) {
		f.forbid(objectSpec, "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden")
	}
}
