package autoscaler

import (
	"math"
	"slices"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// stabilization is how long a recommendation to keep more replicas holds, unless the spec says otherwise.
const stabilization = 5 * time.Minute

// moment is a number at a time: a recommendation, or a change of size.
type moment struct {
	at time.Time
	n  int32
}

// past is what the rules need to know of the past of one autoscaler.
type past struct {
	recommended []moment
	changes     []moment
}

// begin takes the present size for the recommendation of the time before the engine started.
func (p *past) begin(current int32, now time.Time) {
	if p.recommended == nil {
		p.recommended = []moment{{now, current}}
	}
}

func (p *past) scaled(by int32, now time.Time) { p.changes = append(p.changes, moment{now, by}) }

// change is by how much the size changed in the last period.
func (p *past) change(period int32, now time.Time) int32 {
	var n int32
	for _, m := range p.changes {
		if m.at.After(now.Add(-time.Duration(period) * time.Second)) {
			n += m.n
		}
	}
	return n
}

// forget drops what no rule can ask for any more: windows and periods are an hour at most.
func (p *past) forget(now time.Time) {
	old := func(m moment) bool { return m.at.Before(now.Add(-time.Hour)) }
	p.recommended, p.changes = slices.DeleteFunc(p.recommended, old), slices.DeleteFunc(p.changes, old)
}

// rules are the scaling rules with Kubernetes' defaults for what the spec does not say.
func rules(b *autoscalingv2.HorizontalPodAutoscalerBehavior) (up, down autoscalingv2.HPAScalingRules) {
	double := autoscalingv2.HPAScalingPolicy{Type: autoscalingv2.PercentScalingPolicy, Value: 100, PeriodSeconds: 15}
	four := autoscalingv2.HPAScalingPolicy{Type: autoscalingv2.PodsScalingPolicy, Value: 4, PeriodSeconds: 15}
	if b == nil {
		b = &autoscalingv2.HorizontalPodAutoscalerBehavior{}
	}
	fill := func(r *autoscalingv2.HPAScalingRules, window time.Duration, policies ...autoscalingv2.HPAScalingPolicy) autoscalingv2.HPAScalingRules {
		var out autoscalingv2.HPAScalingRules
		if r != nil {
			out = *r.DeepCopy()
		}
		if out.StabilizationWindowSeconds == nil {
			s := int32(window.Seconds())
			out.StabilizationWindowSeconds = &s
		}
		if out.SelectPolicy == nil {
			m := autoscalingv2.MaxChangePolicySelect
			out.SelectPolicy = &m
		}
		if len(out.Policies) == 0 {
			out.Policies = policies
		}
		return out
	}
	return fill(b.ScaleUp, 0, double, four), fill(b.ScaleDown, stabilization, double)
}

// normalize brings a proposal within what recent recommendations, the policies and the limits of the spec allow, and
// says in the conditions which of them held it back.
func (l *look) normalize(current, proposal, least int32) int32 {
	up, down := rules(l.hpa.Spec.Behavior)
	now := l.Clock.Now()
	l.past.forget(now)
	stable := l.past.stabilize(current, proposal, *up.StabilizationWindowSeconds, *down.StabilizationWindowSeconds, now)
	switch {
	case stable == proposal:
		l.set(autoscalingv2.AbleToScale, true, "ReadyForNewScale", "recommended size matches current size")
	case proposal >= current:
		l.set(autoscalingv2.AbleToScale, true, "ScaleUpStabilized", "recent recommendations were lower than current one, applying the lowest recent recommendation")
	default:
		l.set(autoscalingv2.AbleToScale, true, "ScaleDownStabilized", "recent recommendations were higher than current one, applying the highest recent recommendation")
	}
	desired, reason, message := l.past.limit(current, stable, least, l.hpa.Spec.MaxReplicas, up, down, now)
	l.set(autoscalingv2.ScalingLimited, desired != stable, reason, message)
	return desired
}

// stabilize takes the lowest recommendation of the window for scaling up, the highest of that for scaling down.
func (p *past) stabilize(current, proposal, upWindow, downWindow int32, now time.Time) int32 {
	low, high := proposal, proposal
	for _, m := range p.recommended {
		if m.at.After(now.Add(-time.Duration(upWindow) * time.Second)) {
			low = min(low, m.n)
		}
		if m.at.After(now.Add(-time.Duration(downWindow) * time.Second)) {
			high = max(high, m.n)
		}
	}
	p.recommended = append(p.recommended, moment{now, proposal})
	return min(max(current, low), high)
}

func (p *past) limit(current, want, least, most int32, up, down autoscalingv2.HPAScalingRules, now time.Time) (int32, string, string) {
	switch {
	case want > current:
		reason, message := "TooManyReplicas", "the desired replica count is more than the maximum replica count"
		limit := most
		if fast := max(p.bound(up, current, now, 1), current); fast < limit {
			limit, reason, message = fast, "ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate"
		}
		if want > limit {
			return limit, reason, message
		}
	case want < current:
		reason, message := "TooFewReplicas", "the desired replica count is less than the minimum replica count"
		limit := least
		if fast := min(p.bound(down, current, now, -1), current); fast > limit {
			limit, reason, message = fast, "ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate"
		}
		if want < limit {
			return limit, reason, message
		}
	}
	return want, "DesiredWithinRange", "the desired count is within the acceptable range"
}

// bound is how far the policies let the size go in a direction, 1 or -1, counted from the start of their periods.
func (p *past) bound(r autoscalingv2.HPAScalingRules, current int32, now time.Time, direction int32) int32 {
	if *r.SelectPolicy == autoscalingv2.DisabledPolicySelect {
		return current
	}
	farthest := *r.SelectPolicy != autoscalingv2.MinChangePolicySelect
	var best int32
	for i, policy := range r.Policies {
		start := current - p.change(policy.PeriodSeconds, now)
		n := start + direction*policy.Value
		if policy.Type == autoscalingv2.PercentScalingPolicy {
			exact := float64(start) * (1 + float64(direction*policy.Value)/100)
			if n = int32(exact); direction > 0 {
				n = int32(math.Ceil(exact))
			}
		}
		if i == 0 || (farthest == (direction*n > direction*best)) {
			best = n
		}
	}
	return best
}
