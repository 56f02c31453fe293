package validate

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// quotaResources are those that a quota can count without a domain in their name; hugepages come beside them.
var quotaResources = map[corev1.ResourceName]bool{
	corev1.ResourceCPU: true, corev1.ResourceMemory: true, corev1.ResourceEphemeralStorage: true,
	corev1.ResourceRequestsCPU: true, corev1.ResourceRequestsMemory: true, corev1.ResourceRequestsStorage: true, corev1.ResourceRequestsEphemeralStorage: true,
	corev1.ResourceLimitsCPU: true, corev1.ResourceLimitsMemory: true, corev1.ResourceLimitsEphemeralStorage: true,
	corev1.ResourcePods: true, corev1.ResourceQuotas: true, corev1.ResourceServices: true, corev1.ResourceReplicationControllers: true,
	corev1.ResourceSecrets: true, corev1.ResourcePersistentVolumeClaims: true, corev1.ResourceConfigMaps: true,
	corev1.ResourceServicesNodePorts: true, corev1.ResourceServicesLoadBalancers: true,
}

// countable are resources that come in whole numbers.
var countable = map[corev1.ResourceName]bool{
	corev1.ResourcePods: true, corev1.ResourceQuotas: true, corev1.ResourceServices: true, corev1.ResourceReplicationControllers: true,
	corev1.ResourceSecrets: true, corev1.ResourceConfigMaps: true, corev1.ResourcePersistentVolumeClaims: true,
	corev1.ResourceServicesNodePorts: true, corev1.ResourceServicesLoadBalancers: true,
}

var (
	ofPods   = []corev1.ResourceName{corev1.ResourcePods, corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory, corev1.ResourceRequestsCPU, corev1.ResourceRequestsMemory}
	ofClaims = []corev1.ResourceName{corev1.ResourcePersistentVolumeClaims, corev1.ResourceRequestsStorage}

	// scopes are what a quota can be narrowed to, and what it can count then.
	scopes = map[corev1.ResourceQuotaScope][]corev1.ResourceName{
		corev1.ResourceQuotaScopeTerminating:               ofPods,
		corev1.ResourceQuotaScopeNotTerminating:            ofPods,
		corev1.ResourceQuotaScopeBestEffort:                ofPods[:1],
		corev1.ResourceQuotaScopeNotBestEffort:             ofPods,
		corev1.ResourceQuotaScopePriorityClass:             ofPods,
		corev1.ResourceQuotaScopeCrossNamespacePodAffinity: ofPods,
		corev1.ResourceQuotaScopeVolumeAttributesClass:     ofClaims,
	}
)

func quotaResource(name corev1.ResourceName) bool {
	return quotaResources[name] || quotaHugepages(name)
}

func resourceQuota(f *findings, s *corev1.ResourceQuotaSpec) {
	for _, name := range sorted(s.Hard) {
		at, q := objectSpec.Child("hard").Key(string(name)), s.Hard[name]
		anyResourceName(f, at, name)
		if !strings.Contains(string(name), "/") && !quotaResource(name) {
			f.invalid(at, name, "must be a standard resource for quota")
		}
		if q.Sign() < 0 {
			f.invalid(at, q.String(), "must be greater than or equal to 0")
		}
		if (countable[name] || extended(name)) && q.MilliValue()%1000 != 0 {
			f.invalid(at, q.String(), "must be an integer")
		}
	}
	at := objectSpec.Child("scopes")
	for _, scope := range s.Scopes {
		if scopes[scope] == nil {
			f.invalid(at, s.Scopes, "unsupported scope")
		}
		for range outOfScope(s, scope) {
			f.invalid(at, s.Scopes, "unsupported scope applied to resource")
		}
	}
	conflicting(f, s, s.Scopes)
	if s.ScopeSelector != nil {
		scopeSelector(f, objectSpec.Child("scopeSelector", "matchExpressions"), s)
	}
}

// outOfScope are the resources that a scope does not narrow.
func outOfScope(s *corev1.ResourceQuotaSpec, scope corev1.ResourceQuotaScope) []corev1.ResourceName {
	var out []corev1.ResourceName
	for _, name := range sorted(s.Hard) {
		if allowed := scopes[scope]; allowed != nil && quotaResource(name) && !slices.Contains(allowed, name) {
			out = append(out, name)
		}
	}
	return out
}

func conflicting(f *findings, s *corev1.ResourceQuotaSpec, all []corev1.ResourceQuotaScope) {
	for _, pair := range [][2]corev1.ResourceQuotaScope{
		{corev1.ResourceQuotaScopeBestEffort, corev1.ResourceQuotaScopeNotBestEffort},
		{corev1.ResourceQuotaScopeTerminating, corev1.ResourceQuotaScopeNotTerminating},
	} {
		if slices.Contains(all, pair[0]) && slices.Contains(all, pair[1]) {
			f.invalid(objectSpec.Child("scopes"), s.Scopes, "conflicting scopes")
		}
	}
}

func scopeSelector(f *findings, p *field.Path, s *corev1.ResourceQuotaSpec) {
	var all []corev1.ResourceQuotaScope
	for _, r := range s.ScopeSelector.MatchExpressions {
		all = append(all, r.ScopeName)
		if scopes[r.ScopeName] == nil {
			f.invalid(p.Child("scopeName"), r.ScopeName, "unsupported scope")
		}
		for range outOfScope(s, r.ScopeName) {
			f.invalid(p, s.ScopeSelector, "unsupported scope applied to resource")
		}
		switch r.ScopeName {
		case corev1.ResourceQuotaScopePriorityClass, corev1.ResourceQuotaScopeVolumeAttributesClass:
		default:
			if scopes[r.ScopeName] != nil && r.Operator != corev1.ScopeSelectorOpExists {
				f.invalid(p.Child("operator"), r.Operator, "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity")
			}
		}
		switch r.Operator {
		case corev1.ScopeSelectorOpIn, corev1.ScopeSelectorOpNotIn:
			if len(r.Values) == 0 {
				f.add(field.Required(p.Child("values"), "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"))
			}
		case corev1.ScopeSelectorOpExists, corev1.ScopeSelectorOpDoesNotExist:
			if len(r.Values) > 0 {
				f.invalid(p.Child("values"), r.Values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")
			}
		default:
			f.invalid(p.Child("operator"), r.Operator, "not a valid selector operator")
		}
	}
	conflicting(f, s, all)
}
