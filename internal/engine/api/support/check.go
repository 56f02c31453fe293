package support

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Check returns what in a valid object the engine does not carry, each with what to do instead. Objects that the
// engine makes itself and only keeps (nodes, events, revisions) are not judged.
func Check(obj runtime.Object) field.ErrorList {
	if !judged(obj) {
		return nil
	}
	var errs field.ErrorList
	err := walk(obj, func(p *field.Path, value any, rules []rule, known bool) {
		if !known {
			errs = append(errs, field.Forbidden(p, "not known to the engine; leave it out"))
		}
		for _, r := range rules {
			switch {
			case !r.refused:
			case r.values == nil:
				errs = append(errs, field.Forbidden(p, "not carried by the engine: "+r.advice))
			default:
				errs = append(errs, field.Invalid(p, value, "not carried by the engine: "+r.advice))
			}
		}
	})
	if err != nil {
		return field.ErrorList{field.InternalError(nil, err)}
	}
	return append(errs, values(obj)...)
}

// Warnings returns what is accepted and has no effect on one machine, in the words of `kubectl` warnings.
func Warnings(obj runtime.Object) []string {
	if !judged(obj) {
		return nil
	}
	var out []string
	_ = walk(obj, func(p *field.Path, _ any, rules []rule, _ bool) {
		for _, r := range rules {
			if !r.refused {
				out = append(out, p.String()+": no effect here: "+r.advice)
			}
		}
	})
	return append(out, hints(obj)...)
}

func judged(obj runtime.Object) bool {
	t, ok := kindName(obj)
	return ok && t != "core/v1.Node" && t != "core/v1.Event" && t != "apps/v1.ControllerRevision"
}

// values refuses what depends on more than one field.
func values(obj runtime.Object) field.ErrorList {
	var errs field.ErrorList
	if svc, ok := obj.(*corev1.Service); ok {
		errs = append(errs, families(&svc.Spec)...)
	}
	errs = append(errs, number(obj)...)
	eachContainer(obj, func(p *field.Path, c *corev1.Container) {
		for _, list := range []struct {
			name string
			of   corev1.ResourceList
		}{{"limits", c.Resources.Limits}, {"requests", c.Resources.Requests}} {
			for _, name := range names(list.of) {
				switch corev1.ResourceName(name) {
				case corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage:
				default:
					errs = append(errs, field.Forbidden(p.Child("resources", list.name).Key(name), "not carried by the engine: ask for cpu and memory only"))
				}
			}
		}
	})
	return errs
}

// families refuses IPv6, except where a server itself assumes both: a headless Service with endpoints made by hand.
func families(s *corev1.ServiceSpec) field.ErrorList {
	if s.ClusterIP == corev1.ClusterIPNone && len(s.Selector) == 0 {
		return nil
	}
	const advice = "not carried by the engine: it speaks IPv4; leave it out"
	p := field.NewPath("spec")
	var errs field.ErrorList
	for i, f := range s.IPFamilies {
		if f == corev1.IPv6Protocol {
			errs = append(errs, field.Invalid(p.Child("ipFamilies").Index(i), f, advice))
		}
	}
	if f := s.IPFamilyPolicy; f != nil && *f == corev1.IPFamilyPolicyRequireDualStack {
		errs = append(errs, field.Invalid(p.Child("ipFamilyPolicy"), *f, advice))
	}
	for i, ip := range s.ClusterIPs {
		if strings.Contains(ip, ":") {
			errs = append(errs, field.Invalid(p.Child("clusterIPs").Index(i), ip, advice))
		}
	}
	return errs
}
