package validate

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// podClaims judges what a pod claims of devices, and returns the names that its containers can use.
func podClaims(f *findings, p *field.Path, claims []corev1.PodResourceClaim) sets.Set[string] {
	names := sets.New[string]()
	for i, c := range claims {
		at := p.Index(i)
		switch {
		case c.Name == "":
			f.required(at.Child("name"))
		case names.Has(c.Name):
			f.add(field.Duplicate(at.Child("name"), c.Name))
		default:
			f.label(at.Child("name"), c.Name)
			names.Insert(c.Name)
		}
		switch {
		case c.ResourceClaimName != nil && c.ResourceClaimTemplateName != nil:
			f.invalid(at, c, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified")
		case c.ResourceClaimName == nil && c.ResourceClaimTemplateName == nil:
			f.invalid(at, c, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`")
		}
		for name, v := range map[string]*string{"resourceClaimName": c.ResourceClaimName, "resourceClaimTemplateName": c.ResourceClaimTemplateName} {
			if v != nil {
				f.invalid(at.Child(name), *v, apivalidation.NameIsDNSSubdomain(*v, false)...)
			}
		}
	}
	return names
}

// claimNames judges which of a pod's claims a container uses: a claim as a whole, or some of its requests, each once.
func claimNames(f *findings, p *field.Path, list []corev1.ResourceClaim, claims sets.Set[string]) {
	whole, parts, some := sets.New[string](), sets.New[string](), sets.New[string]()
	for i, c := range list {
		at, key := p.Index(i), c.Name
		if c.Name == "" {
			f.required(at)
			continue
		}
		if c.Request != "" && !whole.Has(c.Name) {
			f.label(at.Child("request"), c.Request)
			key += "/" + c.Request
		}
		if whole.Has(c.Name) || parts.Has(key) || c.Request == "" && some.Has(c.Name) {
			f.add(field.Duplicate(at, key))
		}
		if c.Request == "" {
			whole.Insert(c.Name)
		} else {
			parts.Insert(key)
			some.Insert(c.Name)
		}
		if !claims.Has(c.Name) {
			e := field.NotFound(at, c.Name)
			e.Detail = "must be one of the names in pod.spec.resourceClaims"
			if len(claims) == 0 {
				e.Detail += " which is empty"
			} else {
				e.Detail += ": " + strings.Join(sets.List(claims), ", ")
			}
			f.add(e)
		}
	}
}

// podResources judges what the containers of a pod share. In a pod, not in a template, a request is made of its limit.
func podResources(f *findings, p *field.Path, s *corev1.PodSpec, pod bool) {
	r := s.Resources
	if r == nil {
		return
	}
	if s.OS != nil && s.OS.Name == corev1.Windows {
		f.forbid(p, "may not be set for a windows pod")
		return
	}
	if r.Claims != nil {
		f.forbid(p.Child("claims"), "claims may not be set for Resources at pod-level")
	}
	named(f, p, r, podResourceName)
	asked := together(s)
	for _, name := range sorted(asked) {
		sum := asked[name]
		if have, ok := r.Requests[name]; ok && sum.Cmp(have) > 0 {
			f.invalid(p.Child("requests").Key(string(name)), have.String(), "must be greater than or equal to aggregate container requests of "+sum.String())
		} else if limit, limited := r.Limits[name]; pod && !ok && limited && sum.Cmp(limit) > 0 {
			f.invalid(p.Child("requests"), sum.String(), fmt.Sprintf("must be less than or equal to %s limit of %s", name, limit.String()))
		}
	}
	for i, c := range s.Containers {
		for _, name := range sorted(c.Resources.Limits) {
			limit, all := c.Resources.Limits[name], r.Limits[name]
			if _, ok := r.Limits[name]; ok && limit.Cmp(all) > 0 {
				f.invalid(p.Child("containers").Index(i).Key(string(name)).Child("limits"), limit.String(), "must be less than or equal to pod limits of "+all.String())
			}
		}
	}
}

func podResourceName(f *findings, p *field.Path, name corev1.ResourceName) {
	n := len(f.errs)
	if anyResourceName(f, p, name); len(f.errs) == n && name != corev1.ResourceCPU && name != corev1.ResourceMemory && !hugepages(name) {
		f.add(field.NotSupported(p, name, []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceHugePagesPrefix, corev1.ResourceMemory}))
	}
}

// together is what the containers ask for at the time when they ask for most; sidecars run beside those after them.
func together(s *corev1.PodSpec) corev1.ResourceList {
	sum, beside, most := corev1.ResourceList{}, corev1.ResourceList{}, corev1.ResourceList{}
	add := func(to corev1.ResourceList, c *corev1.Container) {
		for name, q := range c.Resources.Requests {
			total := to[name].DeepCopy()
			total.Add(q)
			to[name] = total
		}
	}
	atLeast := func(to corev1.ResourceList, name corev1.ResourceName, q resource.Quantity) {
		if have, ok := to[name]; !ok || have.Cmp(q) < 0 {
			to[name] = q
		}
	}
	for i := range s.Containers {
		add(sum, &s.Containers[i])
	}
	for i := range s.InitContainers {
		c := &s.InitContainers[i]
		now := beside.DeepCopy()
		if add(now, c); c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			add(sum, c)
			beside = now
		}
		for name, q := range now {
			atLeast(most, name, q)
		}
	}
	for name, q := range most {
		atLeast(sum, name, q)
	}
	return sum
}
