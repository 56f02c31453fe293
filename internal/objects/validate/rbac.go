package validate

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/validate/content"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func policyRules(f *findings, rules []rbacv1.PolicyRule, namespaced bool) {
	for i, r := range rules {
		at := field.NewPath("rules").Index(i)
		if len(r.Verbs) == 0 {
			f.add(field.Required(at.Child("verbs"), "verbs must contain at least one value"))
		}
		if len(r.NonResourceURLs) > 0 {
			urls := at.Child("nonResourceURLs")
			if namespaced {
				f.invalid(urls, r.NonResourceURLs, "namespaced rules cannot apply to non-resource URLs")
			}
			if len(r.APIGroups)+len(r.Resources)+len(r.ResourceNames) > 0 {
				f.invalid(urls, r.NonResourceURLs, "rules cannot apply to both regular resources and non-resource URLs")
			}
			continue
		}
		if len(r.APIGroups) == 0 {
			f.add(field.Required(at.Child("apiGroups"), "resource rules must supply at least one api group"))
		}
		if len(r.Resources) == 0 {
			f.add(field.Required(at.Child("resources"), "resource rules must supply at least one resource"))
		}
	}
}

func aggregation(f *findings, a *rbacv1.AggregationRule) {
	if a == nil {
		return
	}
	at := field.NewPath("aggregationRule", "clusterRoleSelectors")
	if len(a.ClusterRoleSelectors) == 0 {
		f.add(field.Required(at, "at least one clusterRoleSelector required if aggregationRule is non-nil"))
	}
	for i := range a.ClusterRoleSelectors {
		f.selector(at.Index(i), &a.ClusterRoleSelectors[i])
		if _, err := metav1.LabelSelectorAsSelector(&a.ClusterRoleSelectors[i]); err != nil {
			f.invalid(at.Index(i), field.OmitValueType{}, "invalid label selector.")
		}
	}
}

// binding judges who gets which role; kinds are those of roles that can be given.
func binding(f *findings, r rbacv1.RoleRef, subjects []rbacv1.Subject, namespaced bool, kinds ...string) {
	at := field.NewPath("roleRef")
	enum(f, at.Child("apiGroup"), r.APIGroup, rbacv1.GroupName)
	enum(f, at.Child("kind"), r.Kind, kinds...)
	pathName(f, at.Child("name"), r.Name)
	for i, s := range subjects {
		subject(f, field.NewPath("subjects").Index(i), s, namespaced)
	}
}

func subject(f *findings, p *field.Path, s rbacv1.Subject, namespaced bool) {
	if s.Name == "" {
		f.required(p.Child("name"))
	}
	switch s.Kind {
	case rbacv1.ServiceAccountKind:
		if s.Name != "" {
			f.invalid(p.Child("name"), s.Name, apivalidation.ValidateServiceAccountName(s.Name, false)...)
		}
		enum(f, p.Child("apiGroup"), s.APIGroup, "")
		if !namespaced && s.Namespace == "" {
			f.required(p.Child("namespace"))
		}
	case rbacv1.UserKind, rbacv1.GroupKind:
		enum(f, p.Child("apiGroup"), s.APIGroup, rbacv1.GroupName)
	default:
		enum(f, p.Child("kind"), s.Kind, rbacv1.ServiceAccountKind, rbacv1.UserKind, rbacv1.GroupKind)
	}
}

// roleName is pathSegment for whole names also where a name is to be generated.
func roleName(name string, _ bool) []string { return content.IsPathSegmentName(name) }
