package validate

import (
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func autoscaler(f *findings, s, old *autoscalingv2.HorizontalPodAutoscalerSpec) {
	if m := s.MinReplicas; m != nil && *m < 1 {
		f.invalid(objectSpec.Child("minReplicas"), *m, "must be greater than or equal to 1")
	}
	at := objectSpec.Child("maxReplicas")
	if s.MaxReplicas == 0 {
		f.add(field.Required(at, "must be set and greater than 0"))
	} else if s.MaxReplicas < 0 {
		f.invalid(at, s.MaxReplicas, "must be greater than or equal to 1")
	}
	if s.MinReplicas != nil && s.MaxReplicas < *s.MinReplicas {
		f.invalid(at, s.MaxReplicas, "must be greater than or equal to `minReplicas`")
	}
	if r := &s.ScaleTargetRef; old != nil && old.ScaleTargetRef.APIVersion == r.APIVersion && old.ScaleTargetRef.Kind == r.Kind {
		crossVersion(f, objectSpec.Child("scaleTargetRef"), r, nil)
	} else {
		crossVersion(f, objectSpec.Child("scaleTargetRef"), r, func(gv schema.GroupVersion) bool { return gv.Group != "" || r.Kind == "ReplicationController" })
	}
	for i := range s.Metrics {
		metric(f, objectSpec.Child("metrics").Index(i), &s.Metrics[i])
	}
	if b := s.Behavior; b != nil {
		scaling(f, objectSpec.Child("behavior", "scaleUp"), b.ScaleUp)
		scaling(f, objectSpec.Child("behavior", "scaleDown"), b.ScaleDown)
	}
}

// crossVersion judges a reference; scalable tells whether its API version can be what is meant.
func crossVersion(f *findings, p *field.Path, r *autoscalingv2.CrossVersionObjectReference, scalable func(schema.GroupVersion) bool) {
	pathName(f, p.Child("kind"), r.Kind)
	pathName(f, p.Child("name"), r.Name)
	gv, err := schema.ParseGroupVersion(r.APIVersion)
	switch {
	case scalable == nil:
	case err != nil:
		f.invalid(p.Child("apiVersion"), r.APIVersion, err.Error())
	case !scalable(gv):
		f.invalid(p.Child("apiVersion"), r.APIVersion, "apiVersion must specify API group")
	}
}

func metric(f *findings, p *field.Path, m *autoscalingv2.MetricSpec) {
	types := []autoscalingv2.MetricSourceType{autoscalingv2.ContainerResourceMetricSourceType, autoscalingv2.ExternalMetricSourceType,
		autoscalingv2.ObjectMetricSourceType, autoscalingv2.PodsMetricSourceType, autoscalingv2.ResourceMetricSourceType}
	if m.Type == "" {
		f.add(field.Required(p.Child("type"), "must specify a metric source type"))
	}
	enum(f, p.Child("type"), m.Type, types...)
	sources := []struct {
		name  string
		of    autoscalingv2.MetricSourceType
		given bool
		judge func(*field.Path)
	}{
		{"object", autoscalingv2.ObjectMetricSourceType, m.Object != nil, func(p *field.Path) {
			crossVersion(f, p.Child("describedObject"), &m.Object.DescribedObject, func(schema.GroupVersion) bool { return true })
			identifier(f, p, &m.Object.Metric)
			target(f, p.Child("target"), &m.Object.Target)
			if m.Object.Target.Value == nil && m.Object.Target.AverageValue == nil {
				f.add(field.Required(p.Child("target", "averageValue"), "must set either a target value or averageValue"))
			}
		}},
		{"external", autoscalingv2.ExternalMetricSourceType, m.External != nil, func(p *field.Path) {
			identifier(f, p, &m.External.Metric)
			target(f, p.Child("target"), &m.External.Target)
			switch t := m.External.Target; {
			case t.Value == nil && t.AverageValue == nil:
				f.add(field.Required(p.Child("target", "averageValue"), "must set either a target value for metric or a per-pod target"))
			case t.Value != nil && t.AverageValue != nil:
				f.forbid(p.Child("target", "value"), "may not set both a target value for metric and a per-pod target")
			}
		}},
		{"pods", autoscalingv2.PodsMetricSourceType, m.Pods != nil, func(p *field.Path) {
			identifier(f, p, &m.Pods.Metric)
			target(f, p.Child("target"), &m.Pods.Target)
			if m.Pods.Target.AverageValue == nil {
				f.add(field.Required(p.Child("target", "averageValue"), "must specify a positive target averageValue"))
			}
		}},
		{"resource", autoscalingv2.ResourceMetricSourceType, m.Resource != nil, func(p *field.Path) {
			usage(f, p, string(m.Resource.Name), &m.Resource.Target)
		}},
		{"containerResource", autoscalingv2.ContainerResourceMetricSourceType, m.ContainerResource != nil, func(p *field.Path) {
			if c := m.ContainerResource.Container; c == "" {
				f.add(field.Required(p.Child("container"), "must specify a container"))
			} else {
				f.label(p.Child("container"), c)
			}
			if name := m.ContainerResource.Name; name != "" {
				resourceName(f, p.Child("name"), name)
			}
			usage(f, p, string(m.ContainerResource.Name), &m.ContainerResource.Target)
		}},
	}
	n, known := 0, false
	for _, s := range sources {
		if s.given {
			if n++; n == 1 {
				s.judge(p.Child(s.name))
			}
		}
		if s.of == m.Type {
			known = true
			if !s.given {
				f.add(field.Required(p.Child(s.name), "must populate information for the given metric source"))
			}
		}
	}
	if !known {
		enum(f, p.Child("type"), m.Type, types...)
	}
	for _, s := range sources {
		if n > 1 && s.given && s.of != m.Type {
			f.forbid(p.Child(s.name), "must populate the given metric source only")
		}
	}
}

func identifier(f *findings, p *field.Path, m *autoscalingv2.MetricIdentifier) {
	if m.Name == "" {
		f.add(field.Required(p.Child("metric", "name"), "must specify a metric name"))
	} else {
		pathName(f, p.Child("metric", "name"), m.Name)
	}
}

func usage(f *findings, p *field.Path, name string, t *autoscalingv2.MetricTarget) {
	if name == "" {
		f.add(field.Required(p.Child("name"), "must specify a resource name"))
	}
	target(f, p.Child("target"), t)
	if t.AverageUtilization == nil && t.AverageValue == nil {
		f.add(field.Required(p.Child("target", "averageUtilization"), "must set either a target raw value or a target utilization"))
	}
	if t.AverageUtilization != nil && t.AverageValue != nil {
		f.forbid(p.Child("target", "averageValue"), "may not set both a target raw value and a target utilization")
	}
}

func target(f *findings, p *field.Path, t *autoscalingv2.MetricTarget) {
	switch t.Type {
	case autoscalingv2.UtilizationMetricType, autoscalingv2.ValueMetricType, autoscalingv2.AverageValueMetricType:
	default:
		if t.Type == "" {
			f.add(field.Required(p.Child("type"), "must specify a metric target type"))
		}
		f.invalid(p.Child("type"), t.Type, "must be either Utilization, Value, or AverageValue")
	}
	if t.Value != nil && t.Value.Sign() != 1 {
		f.invalid(p.Child("value"), t.Value.String(), "must be positive")
	}
	if t.AverageValue != nil && t.AverageValue.Sign() != 1 {
		f.invalid(p.Child("averageValue"), t.AverageValue.String(), "must be positive")
	}
	if t.AverageUtilization != nil && *t.AverageUtilization < 1 {
		f.invalid(p.Child("averageUtilization"), *t.AverageUtilization, "must be greater than 0")
	}
}

// The longest that an autoscaler looks back, in seconds.
const (
	maxStabilization = 3600
	maxPeriod        = 1800
)

func scaling(f *findings, p *field.Path, r *autoscalingv2.HPAScalingRules) {
	if r == nil {
		return
	}
	if w := r.StabilizationWindowSeconds; w != nil && *w < 0 {
		f.invalid(p.Child("stabilizationWindowSeconds"), *w, "must be greater than or equal to zero")
	} else if w != nil && *w > maxStabilization {
		f.invalid(p.Child("stabilizationWindowSeconds"), *w, fmt.Sprintf("must be less than or equal to %v", maxStabilization))
	}
	optional(f, p.Child("selectPolicy"), r.SelectPolicy, autoscalingv2.DisabledPolicySelect, autoscalingv2.MaxChangePolicySelect, autoscalingv2.MinChangePolicySelect)
	at := p.Child("policies")
	if len(r.Policies) == 0 {
		f.add(field.Required(at, "must specify at least one Policy"))
	}
	for i, s := range r.Policies {
		enum(f, at.Index(i).Child("type"), s.Type, autoscalingv2.PercentScalingPolicy, autoscalingv2.PodsScalingPolicy)
		if s.Value <= 0 {
			f.invalid(at.Index(i).Child("value"), s.Value, "must be greater than zero")
		}
		if s.PeriodSeconds <= 0 {
			f.invalid(at.Index(i).Child("periodSeconds"), s.PeriodSeconds, "must be greater than zero")
		} else if s.PeriodSeconds > maxPeriod {
			f.invalid(at.Index(i).Child("periodSeconds"), s.PeriodSeconds, fmt.Sprintf("must be less than or equal to %v", maxPeriod))
		}
	}
	if r.Tolerance != nil && r.Tolerance.Sign() < 0 {
		f.invalid(p.Child("tolerance"), r.Tolerance.String(), "must be greater than or equal to 0")
	}
}
