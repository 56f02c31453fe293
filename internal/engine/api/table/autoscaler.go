package table

import (
	"fmt"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func (r row) autoscaler(h *autoscalingv2.HorizontalPodAutoscaler) metav1.TableRow {
	least := "<unset>"
	if m := h.Spec.MinReplicas; m != nil {
		least = fmt.Sprint(*m)
	}
	return r.of(r.name, h.Spec.ScaleTargetRef.Kind+"/"+h.Spec.ScaleTargetRef.Name, targets(h), least, int64(h.Spec.MaxReplicas),
		int64(h.Status.CurrentReplicas), r.age)
}

func targets(h *autoscalingv2.HorizontalPodAutoscaler) string {
	if len(h.Spec.Metrics) == 0 {
		return "<none>"
	}
	var list []string
	for i := range h.Spec.Metrics {
		var now *autoscalingv2.MetricStatus
		if i < len(h.Status.CurrentMetrics) {
			now = &h.Status.CurrentMetrics[i]
		}
		list = append(list, target(&h.Spec.Metrics[i], now))
	}
	if n := len(list); n > 2 {
		return fmt.Sprintf("%s + %d more...", strings.Join(list[:2], ", "), n-2)
	}
	return strings.Join(list, ", ")
}

// target is one metric: what it is, and what it should be.
func target(m *autoscalingv2.MetricSpec, now *autoscalingv2.MetricStatus) string {
	var want *autoscalingv2.MetricTarget
	var have *autoscalingv2.MetricValueStatus
	name, average := "", ""
	switch {
	case m.Type == autoscalingv2.ResourceMetricSourceType && m.Resource != nil:
		name, want = string(m.Resource.Name), &m.Resource.Target
		if now != nil && now.Resource != nil {
			have = &now.Resource.Current
		}
	case m.Type == autoscalingv2.ContainerResourceMetricSourceType && m.ContainerResource != nil:
		name, want = string(m.ContainerResource.Name), &m.ContainerResource.Target
		if now != nil && now.ContainerResource != nil {
			have = &now.ContainerResource.Current
		}
	case m.Type == autoscalingv2.PodsMetricSourceType && m.Pods != nil:
		want = &m.Pods.Target
		if now != nil && now.Pods != nil {
			have = &now.Pods.Current
		}
	case m.Type == autoscalingv2.ObjectMetricSourceType && m.Object != nil:
		want, average = &m.Object.Target, " (avg)"
		if now != nil && now.Object != nil {
			have = &now.Object.Current
		}
	case m.Type == autoscalingv2.ExternalMetricSourceType && m.External != nil:
		want, average = &m.External.Target, " (avg)"
		if now != nil && now.External != nil {
			have = &now.External.Current
		}
	default:
		return "<unknown type>"
	}
	if name != "" {
		name += ": "
	}
	current, wanted := "<unknown>", "<auto>"
	switch {
	case want.AverageValue != nil:
		wanted = want.AverageValue.String() + average
		if have != nil && have.AverageValue != nil {
			current = have.AverageValue.String()
		}
	case name != "":
		if want.AverageUtilization != nil {
			wanted = fmt.Sprintf("%d%%", *want.AverageUtilization)
		}
		if have != nil && have.AverageUtilization != nil {
			current = fmt.Sprintf("%d%%", *have.AverageUtilization)
		}
	case want.Value != nil:
		wanted = want.Value.String()
		if have != nil && have.Value != nil {
			current = have.Value.String()
		}
	}
	return name + current + "/" + wanted
}
