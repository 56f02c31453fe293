package scheduler

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

// world is every placed pod that is not finished.
type world []*corev1.Pod

func (c *controller) world() world {
	return pods.Filter(store.List[*corev1.Pod](c.Store, "", nil), func(p *corev1.Pod) bool {
		return p.Spec.NodeName != "" && !pods.Finished(p)
	})
}

func (w world) on(node string) world {
	return pods.Filter(w, func(p *corev1.Pod) bool { return p.Spec.NodeName == node })
}

// fits lists what keeps a pod from a node. Like Kubernetes' scheduler it stops at the first filter that says no,
// which may name several things.
func (c *controller) fits(p *corev1.Pod, n *corev1.Node, v mounts, w world) []string {
	here := w.on(n.Name)
	filters := []func() []string{
		func() []string { return when(unschedulable(p, n), "node(s) were unschedulable") },
		func() []string { return when(!tolerates(p, n), "node(s) had untolerated taint(s)") },
		func() []string {
			return when(!nodeMatches(p, n), "node(s) didn't match Pod's node affinity/selector")
		},
		func() []string {
			return when(portTaken(p, here), "node(s) didn't have free ports for the requested pod ports")
		},
		func() []string { return lacking(p, n, here) },
		func() []string {
			return when(v.busy, "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod")
		},
		func() []string {
			return when(!volumesMatch(v, n), "node(s) didn't match PersistentVolume's node affinity")
		},
		func() []string { return c.spreads(p, n, w) },
		func() []string { return c.affinity(p, n, w) },
	}
	for _, f := range filters {
		if why := f(); len(why) > 0 {
			return why
		}
	}
	return nil
}

func when(yes bool, reason string) []string {
	if yes {
		return []string{reason}
	}
	return nil
}

// lacking names the resources of the node that the pod's requests exceed, given what its other pods request.
func lacking(p *corev1.Pod, n *corev1.Node, here world) []string {
	var out []string
	if limit, ok := n.Status.Allocatable[corev1.ResourcePods]; ok && int64(len(here)) >= limit.Value() {
		out = append(out, "Too many pods")
	}
	used := corev1.ResourceList{}
	for _, o := range here {
		add(used, Requests(o))
	}
	for name, want := range Requests(p) {
		if want.IsZero() {
			continue
		}
		sum := used[name]
		sum.Add(want)
		if have := n.Status.Allocatable[name]; sum.Cmp(have) > 0 {
			out = append(out, "Insufficient "+string(name))
		}
	}
	return out
}

// Requests is what a pod asks of its node: the sum over its containers and sidecars, or what one of its init
// containers needs if that is more, plus overhead; what the pod itself says goes first (KEP-2837).
func Requests(p *corev1.Pod) corev1.ResourceList {
	sum, sidecars, peak := corev1.ResourceList{}, corev1.ResourceList{}, corev1.ResourceList{}
	for i := range p.Spec.InitContainers {
		ic := &p.Spec.InitContainers[i]
		if ic.RestartPolicy != nil && *ic.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			add(sidecars, ic.Resources.Requests)
			atLeast(peak, sidecars)
			continue
		}
		now := sidecars.DeepCopy()
		add(now, ic.Resources.Requests)
		atLeast(peak, now)
	}
	for i := range p.Spec.Containers {
		add(sum, p.Spec.Containers[i].Resources.Requests)
	}
	add(sum, sidecars)
	atLeast(sum, peak)
	if p.Spec.Resources != nil {
		for name, q := range p.Spec.Resources.Requests {
			sum[name] = q
		}
	}
	add(sum, p.Spec.Overhead)
	return sum
}

func add(to, more corev1.ResourceList) {
	for name, q := range more {
		sum := to[name].DeepCopy()
		sum.Add(q)
		to[name] = sum
	}
}

func atLeast(to, floor corev1.ResourceList) {
	for name, q := range floor {
		if have, ok := to[name]; !ok || have.Cmp(q) < 0 {
			to[name] = q.DeepCopy()
		}
	}
}

type hostPort struct {
	protocol corev1.Protocol
	port     int32
	ip       string
}

func hostPorts(p *corev1.Pod) []hostPort {
	var out []hostPort
	for _, list := range [][]corev1.Container{p.Spec.Containers, p.Spec.InitContainers} {
		for _, c := range list {
			for _, cp := range c.Ports {
				port := cp.HostPort
				if port == 0 && p.Spec.HostNetwork {
					port = cp.ContainerPort
				}
				if port != 0 {
					out = append(out, hostPort{cp.Protocol, port, cp.HostIP})
				}
			}
		}
	}
	return out
}

func portTaken(p *corev1.Pod, here world) bool {
	any := func(ip string) bool { return ip == "" || ip == "0.0.0.0" || ip == "::" }
	for _, want := range hostPorts(p) {
		for _, o := range here {
			for _, have := range hostPorts(o) {
				if have.port == want.port && protocol(have) == protocol(want) && (any(have.ip) || any(want.ip) || have.ip == want.ip) {
					return true
				}
			}
		}
	}
	return false
}

func protocol(h hostPort) corev1.Protocol {
	if h.protocol == "" {
		return corev1.ProtocolTCP
	}
	return h.protocol
}

func unschedulable(p *corev1.Pod, n *corev1.Node) bool {
	return n.Spec.Unschedulable && !tolerated(p, corev1.Taint{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule})
}

func tolerates(p *corev1.Pod, n *corev1.Node) bool {
	for _, t := range n.Spec.Taints {
		if t.Effect != corev1.TaintEffectPreferNoSchedule && !tolerated(p, t) {
			return false
		}
	}
	return true
}

func tolerated(p *corev1.Pod, taint corev1.Taint) bool {
	for _, t := range p.Spec.Tolerations {
		if (t.Effect == "" || t.Effect == taint.Effect) && (t.Key == "" || t.Key == taint.Key) &&
			(t.Operator == corev1.TolerationOpExists || t.Key != "" && t.Value == taint.Value) {
			return true
		}
	}
	return false
}
