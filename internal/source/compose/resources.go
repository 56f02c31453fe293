package compose

import (
	"slices"

	"github.com/compose-spec/compose-go/v2/types"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// resources takes limits and reservations from deploy, which wins, and from the older keys. Where only a limit is
// given, Kubernetes would reserve all of it; a part of it is reserved instead.
func (p *pod) resources(u *unit, spec *types.ContainerSpec, base []string) corev1.ResourceRequirements {
	limits, requests := corev1.ResourceList{}, corev1.ResourceList{}
	if spec.CPUS > 0 {
		limits[corev1.ResourceCPU] = *cpus(float64(spec.CPUS))
	} else if spec.CPUQuota > 0 {
		period := spec.CPUPeriod
		if period <= 0 {
			period = 100_000
		}
		limits[corev1.ResourceCPU] = *cpus(float64(spec.CPUQuota) / float64(period))
	}
	if spec.MemLimit > 0 {
		limits[corev1.ResourceMemory] = *bytesOf(spec.MemLimit)
	}
	if spec.MemReservation > 0 {
		requests[corev1.ResourceMemory] = *bytesOf(spec.MemReservation)
	}
	if spec.CPUShares > 0 {
		requests[corev1.ResourceCPU] = *cpus(float64(spec.CPUShares) / 1024)
	}
	if d := u.svc.Deploy; d != nil && &u.svc.ContainerSpec == spec {
		fill(limits, d.Resources.Limits)
		fill(requests, d.Resources.Reservations)
	}
	modest(limits, requests, corev1.ResourceCPU, 10)
	modest(limits, requests, corev1.ResourceMemory, 2)
	for _, r := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		limit, ok := limits[r]
		if request := requests[r]; ok && request.Cmp(limit) > 0 {
			p.refuse("reserves more "+string(r)+" than its limit; lower the reservation", p.firstOf(base, []string{"deploy", "resources", "reservations"}, []string{"mem_reservation"}, []string{"cpu_shares"})...)
		}
	}
	if a := u.ext.Autoscale; a != nil && a.CPU > 0 && requests.Cpu().IsZero() {
		requests[corev1.ResourceCPU] = *cpus(0.1)
		p.info("reserves 100m of CPU, because autoscaling counts in parts of what is reserved; say deploy.resources.reservations.cpus for another", u.path("x-slipway", "autoscale", "cpu")...)
	}
	if a := u.ext.Autoscale; a != nil && a.Memory > 0 && requests.Memory().IsZero() {
		p.refuse("autoscaling by memory counts in parts of what is reserved; say deploy.resources.reservations.memory", u.path("x-slipway", "autoscale", "memory")...)
	}
	out := corev1.ResourceRequirements{}
	if len(limits) > 0 {
		out.Limits = limits
	}
	if len(requests) > 0 {
		out.Requests = requests
	}
	return out
}

func fill(list corev1.ResourceList, r *types.Resource) {
	if r == nil {
		return
	}
	if r.NanoCPUs > 0 {
		list[corev1.ResourceCPU] = *cpus(float64(r.NanoCPUs.Value()))
	}
	if r.MemoryBytes > 0 {
		list[corev1.ResourceMemory] = *bytesOf(r.MemoryBytes)
	}
}

// modest reserves the given part of a limit where nothing was reserved.
func modest(limits, requests corev1.ResourceList, r corev1.ResourceName, part int64) {
	limit, ok := limits[r]
	if _, reserved := requests[r]; !ok || reserved {
		return
	}
	if r == corev1.ResourceCPU {
		requests[r] = *resource.NewMilliQuantity(max(limit.MilliValue()/part, 1), resource.DecimalSI)
		return
	}
	requests[r] = *resource.NewQuantity(max(limit.Value()/part, 1), resource.BinarySI)
}

// firstOf is the path of the first of some keys that was written.
func (c *compiler) firstOf(base []string, keys ...[]string) []string {
	for _, k := range keys {
		if at := append(slices.Clone(base), k...); c.places.Root.Find(at...) != nil {
			return at
		}
	}
	return base
}
