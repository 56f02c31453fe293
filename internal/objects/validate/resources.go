package validate

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func hugepages(name corev1.ResourceName) bool {
	return strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix)
}

// native resources are Kubernetes' own, others are named by whoever provides them.
func native(name corev1.ResourceName) bool {
	return !strings.Contains(string(name), "/") || strings.Contains(string(name), corev1.ResourceDefaultNamespacePrefix)
}

// extended resources are named by whoever provides them, in a way that a quota for them can be named.
func extended(name corev1.ResourceName) bool {
	return !native(name) && !strings.HasPrefix(string(name), corev1.DefaultResourceRequestsPrefix) &&
		len(validation.IsQualifiedName(corev1.DefaultResourceRequestsPrefix+string(name))) == 0
}

func overcommits(name corev1.ResourceName) bool { return native(name) && !hugepages(name) }

func resourceName(f *findings, p *field.Path, name corev1.ResourceName) {
	msgs := validation.IsQualifiedName(string(name))
	f.invalid(p, name, msgs...)
	switch {
	case !strings.Contains(string(name), "/"):
		switch name {
		case corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage:
			return
		}
		if hugepages(name) {
			return
		}
		if len(msgs) == 0 && !standard(name) {
			f.invalid(p, name, "must be a standard resource type or fully qualified")
		}
		f.invalid(p, name, "must be a standard resource for containers")
	case !native(name):
		if !extended(name) {
			f.invalid(p, name, "doesn't follow extended resource name standard")
		}
	}
}

// anyResourceName is for resources that need not be a container's: in quotas, and in limits of what is no container.
func anyResourceName(f *findings, p *field.Path, name corev1.ResourceName) {
	msgs := validation.IsQualifiedName(string(name))
	f.invalid(p, name, msgs...)
	if len(msgs) == 0 && !strings.Contains(string(name), "/") && !standard(name) {
		f.invalid(p, name, "must be a standard resource type or fully qualified")
	}
}

func standard(name corev1.ResourceName) bool { return standardResource[name] || quotaHugepages(name) }

func quotaHugepages(name corev1.ResourceName) bool {
	return hugepages(name) || strings.HasPrefix(string(name), corev1.ResourceRequestsHugePagesPrefix)
}

// standardResource are the names without a domain that mean something somewhere.
var standardResource = map[corev1.ResourceName]bool{
	corev1.ResourceCPU: true, corev1.ResourceMemory: true, corev1.ResourceEphemeralStorage: true,
	corev1.ResourceRequestsCPU: true, corev1.ResourceRequestsMemory: true, corev1.ResourceRequestsEphemeralStorage: true,
	corev1.ResourceLimitsCPU: true, corev1.ResourceLimitsMemory: true, corev1.ResourceLimitsEphemeralStorage: true,
	corev1.ResourcePods: true, corev1.ResourceQuotas: true, corev1.ResourceServices: true, corev1.ResourceReplicationControllers: true,
	corev1.ResourceSecrets: true, corev1.ResourceConfigMaps: true, corev1.ResourcePersistentVolumeClaims: true,
	corev1.ResourceStorage: true, corev1.ResourceRequestsStorage: true, corev1.ResourceServicesNodePorts: true, corev1.ResourceServicesLoadBalancers: true,
}

func quantity(f *findings, p *field.Path, name corev1.ResourceName, q resource.Quantity) {
	if q.Sign() < 0 {
		f.invalid(p, q.String(), "must be greater than or equal to 0")
	}
	if !native(name) && q.MilliValue()%1000 != 0 {
		f.invalid(p, q.String(), "must be an integer")
	}
}

func requirements(f *findings, p *field.Path, r *corev1.ResourceRequirements, claims sets.Set[string]) {
	named(f, p, r, resourceName)
	claimNames(f, p.Child("claims"), r.Claims, claims)
}

// named judges requests and limits by a rule for the names of resources.
func named(f *findings, p *field.Path, r *corev1.ResourceRequirements, resourceName func(*findings, *field.Path, corev1.ResourceName)) {
	limits, requests := p.Child("limits"), p.Child("requests")
	huge, compute := false, false
	each := func(p *field.Path, name corev1.ResourceName, q resource.Quantity) {
		resourceName(f, p, name)
		quantity(f, p, name, q)
		compute = compute || name == corev1.ResourceCPU || name == corev1.ResourceMemory
		if hugepages(name) {
			huge = true
			hugepageSize(f, p, name, q)
		}
	}
	for _, name := range sorted(r.Limits) {
		each(limits.Key(string(name)), name, r.Limits[name])
	}
	for _, name := range sorted(r.Requests) {
		q := r.Requests[name]
		resourceName(f, requests.Key(string(name)), name)
		quantity(f, requests.Key(string(name)), name, q)
		limit, limited := r.Limits[name]
		switch {
		case !limited && !overcommits(name):
			f.add(field.Required(limits, "Limit must be set for non overcommitable resources"))
		case limited && !overcommits(name) && q.Cmp(limit) != 0:
			f.invalid(requests, q.String(), fmt.Sprintf("must be equal to %s limit of %s", name, limit.String()))
		case limited && q.Cmp(limit) > 0:
			f.invalid(requests, q.String(), fmt.Sprintf("must be less than or equal to %s limit of %s", name, limit.String()))
		}
		compute = compute || name == corev1.ResourceCPU || name == corev1.ResourceMemory
		if hugepages(name) {
			huge = true
			hugepageSize(f, requests.Key(string(name)), name, q)
		}
	}
	if huge && !compute {
		f.forbid(p, "HugePages require cpu or memory")
	}
}

func hugepageSize(f *findings, p *field.Path, name corev1.ResourceName, q resource.Quantity) {
	page, err := resource.ParseQuantity(strings.TrimPrefix(string(name), corev1.ResourceHugePagesPrefix))
	if err != nil {
		f.invalid(p, q.String(), err.Error())
		return
	}
	if size := page.Value(); size > 0 && q.Value()%size != 0 {
		f.invalid(p, q.String(), fmt.Sprintf("%s is not positive integer multiple of %s", q.String(), name))
	}
}
