package autoscaler

import (
	"fmt"
	"math"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

const (
	defaultTolerance = 0.1
	// A pod's processor use says little while it starts: for startup after its start only what it used while ready
	// counts, for window after it became ready not even that.
	startup          = 5 * time.Minute
	initialReadiness = 30 * time.Second
	window           = 15 * time.Second
)

// propose is the size that the most demanding metric asks for. ok is false if no size can be told; the condition
// ScalingActive says why.
func (l *look) propose(t *target) (desired int32, metric string, statuses []autoscalingv2.MetricStatus, ok bool) {
	list := store.List[*corev1.Pod](l.Store, t.namespace, t.selector)
	var firstReason string
	var firstErr error
	invalid := 0
	desired = -1
	for i := range l.hpa.Spec.Metrics {
		n, name, status, reason, err := l.evaluate(&l.hpa.Spec.Metrics[i], t.replicas, list)
		if err != nil {
			if invalid++; firstErr == nil {
				firstReason, firstErr = reason, err
			}
			continue
		}
		statuses = append(statuses, status)
		if n > desired {
			desired, metric = n, name
		}
	}
	// A metric that is missing may hide the need for more: never scale down without it.
	if invalid >= len(l.hpa.Spec.Metrics) || invalid > 0 && desired < t.replicas {
		l.events.Event(l.hpa, corev1.EventTypeWarning, firstReason, "%v", firstErr)
		l.set(autoscalingv2.ScalingActive, false, firstReason, fmt.Sprintf("the HPA was unable to compute the replica count: %v", firstErr))
		return 0, "", statuses, false
	}
	l.set(autoscalingv2.ScalingActive, true, "ValidMetricFound", "the HPA was able to successfully calculate a replica count from "+metric)
	return desired, metric, statuses, true
}

func (l *look) evaluate(m *autoscalingv2.MetricSpec, current int32, list []*corev1.Pod) (n int32, name string, status autoscalingv2.MetricStatus, reason string, err error) {
	switch {
	case m.Type == autoscalingv2.ResourceMetricSourceType && m.Resource != nil:
		var value autoscalingv2.MetricValueStatus
		n, value, err = l.replicas(m.Resource.Name, "", m.Resource.Target, current, list)
		status = autoscalingv2.MetricStatus{Type: m.Type, Resource: &autoscalingv2.ResourceMetricStatus{Name: m.Resource.Name, Current: value}}
		name = describe(m.Resource.Name, "", m.Resource.Target)
		reason = "FailedGetResourceMetric"
	case m.Type == autoscalingv2.ContainerResourceMetricSourceType && m.ContainerResource != nil:
		var value autoscalingv2.MetricValueStatus
		r := m.ContainerResource
		n, value, err = l.replicas(r.Name, r.Container, r.Target, current, list)
		status = autoscalingv2.MetricStatus{Type: m.Type, ContainerResource: &autoscalingv2.ContainerResourceMetricStatus{Name: r.Name, Container: r.Container, Current: value}}
		name = describe(r.Name, r.Container, r.Target)
		reason = "FailedGetContainerResourceMetric"
	default:
		return 0, "", status, fmt.Sprintf("FailedGet%sMetric", m.Type), fmt.Errorf("metrics of type %s are not served by this engine; use Resource or ContainerResource", m.Type)
	}
	return n, name, status, reason, err
}

func describe(r corev1.ResourceName, container string, t autoscalingv2.MetricTarget) string {
	s := string(r) + " resource"
	if container != "" {
		s = string(r) + " container resource"
	}
	if t.Type == autoscalingv2.UtilizationMetricType {
		return s + " utilization (percentage of request)"
	}
	return s
}

// sample is what counts of one pod, in thousandths of the unit.
type sample struct{ used, requested int64 }

// replicas is the size that brings the average of a resource to its target.
func (l *look) replicas(r corev1.ResourceName, container string, t autoscalingv2.MetricTarget, current int32, list []*corev1.Pod) (int32, autoscalingv2.MetricValueStatus, error) {
	var value autoscalingv2.MetricValueStatus
	relative := t.Type == autoscalingv2.UtilizationMetricType && t.AverageUtilization != nil
	if !relative && t.AverageValue == nil {
		return 0, value, fmt.Errorf("invalid resource metric source: neither an average utilization nor an average value target was set")
	}
	ready, unready, missing, err := l.group(r, container, relative, list)
	if err != nil {
		return 0, value, fmt.Errorf("failed to get %s utilization: %w", r, err)
	}
	if len(ready) == 0 {
		return 0, value, fmt.Errorf("failed to get %s utilization: did not receive metrics for targeted pods (pods might be unready)", r)
	}
	// ratio is the use of pods in relation to the target.
	ratio := func(list []sample) float64 {
		var used, requested int64
		for _, s := range list {
			used, requested = used+s.used, requested+s.requested
		}
		if relative {
			return float64(used*100/max(requested, 1)) / float64(*t.AverageUtilization)
		}
		return float64(used) / float64(len(list)) / float64(t.AverageValue.MilliValue())
	}
	value = measure(r, relative, ready)
	usage := ratio(ready)
	idle := len(unready) > 0 && usage > 1
	if !idle && len(missing) == 0 {
		if l.within(usage) {
			return current, value, nil
		}
		return int32(math.Ceil(usage * float64(len(ready)))), value, nil
	}
	// Pods that are not known count against the change: as fully used when scaling down, as unused when up.
	all := ready
	for _, s := range missing {
		switch {
		case usage < 1 && relative:
			s.used = s.requested * int64(max(100, *t.AverageUtilization)) / 100
		case usage < 1:
			s.used = t.AverageValue.MilliValue()
		default:
			s.used = 0
		}
		all = append(all, s)
	}
	if idle {
		for _, s := range unready {
			s.used = 0
			all = append(all, s)
		}
	}
	corrected := ratio(all)
	if l.within(corrected) || usage < 1 && corrected > 1 || usage > 1 && corrected < 1 {
		return current, value, nil
	}
	n := int32(math.Ceil(corrected * float64(len(all))))
	if corrected < 1 && n > current || corrected > 1 && n < current {
		return current, value, nil
	}
	return n, value, nil
}

// within tells whether a ratio is so near 1 that nothing changes (the tolerance of KEP-4951, else a tenth).
func (l *look) within(ratio float64) bool {
	up, down := defaultTolerance, defaultTolerance
	if b := l.hpa.Spec.Behavior; b != nil {
		if b.ScaleUp != nil && b.ScaleUp.Tolerance != nil {
			up = b.ScaleUp.Tolerance.AsApproximateFloat64()
		}
		if b.ScaleDown != nil && b.ScaleDown.Tolerance != nil {
			down = b.ScaleDown.Tolerance.AsApproximateFloat64()
		}
	}
	return 1-down <= ratio && ratio <= 1+up
}

func measure(r corev1.ResourceName, relative bool, list []sample) autoscalingv2.MetricValueStatus {
	var used, requested int64
	for _, s := range list {
		used, requested = used+s.used, requested+s.requested
	}
	q := resource.NewMilliQuantity(used/int64(len(list)), resource.DecimalSI)
	if r == corev1.ResourceMemory {
		q = resource.NewQuantity(used/1000/int64(len(list)), resource.DecimalSI)
	}
	v := autoscalingv2.MetricValueStatus{AverageValue: q}
	if relative {
		percent := int32(used * 100 / max(requested, 1))
		v.AverageUtilization = &percent
	}
	return v
}

// group sorts pods into those whose use counts, those that are not ready enough for it to count, and those of which
// it is not known. Pods that ended or are being deleted are left out.
func (l *look) group(r corev1.ResourceName, container string, relative bool, list []*corev1.Pod) (ready, unready, missing []sample, err error) {
	for _, p := range list {
		if p.DeletionTimestamp != nil || pods.Finished(p) {
			continue
		}
		var s sample
		if s.requested, err = requested(p, r, container); err != nil && relative {
			return nil, nil, nil, err
		}
		if p.Status.Phase == corev1.PodPending {
			unready = append(unready, s)
			continue
		}
		var known bool
		if s.used, known = l.used(p, r, container); !known {
			missing = append(missing, s)
		} else if r == corev1.ResourceCPU && l.starting(p) {
			unready = append(unready, s)
		} else {
			ready = append(ready, s)
		}
	}
	return ready, unready, missing, nil
}

func (l *look) starting(p *corev1.Pod) bool {
	c := pods.Condition(p, corev1.PodReady)
	if c == nil || p.Status.StartTime == nil {
		return true
	}
	started, now := p.Status.StartTime.Time, l.Clock.Now()
	if now.Before(started.Add(startup)) {
		return c.Status == corev1.ConditionFalse || now.Before(c.LastTransitionTime.Add(window))
	}
	return c.Status == corev1.ConditionFalse && started.Add(initialReadiness).After(c.LastTransitionTime.Time)
}

func (l *look) used(p *corev1.Pod, r corev1.ResourceName, container string) (int64, bool) {
	if l.metrics == nil {
		return 0, false
	}
	usage, err := l.metrics(p)
	if err != nil || len(usage) == 0 {
		return 0, false
	}
	var sum int64
	known := container == ""
	for name, u := range usage {
		if container != "" && name != container {
			continue
		}
		known = true
		switch r {
		case corev1.ResourceCPU:
			sum += u.CPUMillis
		case corev1.ResourceMemory:
			sum += u.MemoryBytes * 1000
		}
	}
	return sum, known
}

func requested(p *corev1.Pod, r corev1.ResourceName, container string) (int64, error) {
	if q, ok := podRequest(p, r); ok && container == "" {
		return q.MilliValue(), nil
	}
	var sum int64
	list := append([]corev1.Container(nil), p.Spec.Containers...)
	for _, c := range p.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			list = append(list, c)
		}
	}
	found := false
	for _, c := range list {
		if container != "" && c.Name != container {
			continue
		}
		found = true
		q, ok := c.Resources.Requests[r]
		if !ok {
			return 0, fmt.Errorf("missing request for %s in container %s of Pod %s", r, c.Name, p.Name)
		}
		sum += q.MilliValue()
	}
	if !found {
		return 0, fmt.Errorf("container %s not found in Pod %s", container, p.Name)
	}
	return sum, nil
}

func podRequest(p *corev1.Pod, r corev1.ResourceName) (resource.Quantity, bool) {
	if p.Spec.Resources == nil {
		return resource.Quantity{}, false
	}
	q, ok := p.Spec.Resources.Requests[r]
	return q, ok
}
