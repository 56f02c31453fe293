package validate

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validate/content"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func affinity(f *findings, p *field.Path, a *corev1.Affinity) {
	if a == nil {
		return
	}
	const required, preferred = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"
	if n := a.NodeAffinity; n != nil {
		at := p.Child("nodeAffinity")
		if n.RequiredDuringSchedulingIgnoredDuringExecution != nil {
			nodeSelector(f, at.Child(required), n.RequiredDuringSchedulingIgnoredDuringExecution)
		}
		for i, t := range n.PreferredDuringSchedulingIgnoredDuringExecution {
			weight(f, at.Child(preferred).Index(i), t.Weight)
			nodeTerm(f, at.Child(preferred).Index(i).Child("preference"), &t.Preference, true)
		}
	}
	pods := func(p *field.Path, must []corev1.PodAffinityTerm, may []corev1.WeightedPodAffinityTerm) {
		for i := range must {
			podTerm(f, p.Child(required).Index(i), &must[i])
		}
		for i := range may {
			weight(f, p.Child(preferred).Index(i), may[i].Weight)
			podTerm(f, p.Child(preferred).Index(i).Child("podAffinityTerm"), &may[i].PodAffinityTerm)
		}
	}
	if n := a.PodAffinity; n != nil {
		pods(p.Child("podAffinity"), n.RequiredDuringSchedulingIgnoredDuringExecution, n.PreferredDuringSchedulingIgnoredDuringExecution)
	}
	if n := a.PodAntiAffinity; n != nil {
		pods(p.Child("podAntiAffinity"), n.RequiredDuringSchedulingIgnoredDuringExecution, n.PreferredDuringSchedulingIgnoredDuringExecution)
	}
}

func weight(f *findings, p *field.Path, w int32) {
	if w < 1 || w > 100 {
		f.invalid(p.Child("weight"), w, "must be in the range 1-100")
	}
}

func nodeSelector(f *findings, p *field.Path, s *corev1.NodeSelector) {
	at := p.Child("nodeSelectorTerms")
	if len(s.NodeSelectorTerms) == 0 {
		f.add(field.Required(at, "must have at least one node selector term"))
	}
	for i := range s.NodeSelectorTerms {
		nodeTerm(f, at.Index(i), &s.NodeSelectorTerms[i], false)
	}
}

func nodeTerm(f *findings, p *field.Path, t *corev1.NodeSelectorTerm, anyValue bool) {
	for i, r := range t.MatchExpressions {
		at := p.Child("matchExpressions").Index(i)
		switch r.Operator {
		case corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn:
			if len(r.Values) == 0 {
				f.add(field.Required(at.Child("values"), "must be specified when `operator` is 'In' or 'NotIn'"))
			}
		case corev1.NodeSelectorOpExists, corev1.NodeSelectorOpDoesNotExist:
			if len(r.Values) > 0 {
				f.forbid(at.Child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
			}
		case corev1.NodeSelectorOpGt, corev1.NodeSelectorOpLt:
			if len(r.Values) != 1 {
				f.add(field.Required(at.Child("values"), "must be specified single value when `operator` is 'Lt' or 'Gt'"))
			}
		default:
			f.invalid(at.Child("operator"), r.Operator, "not a valid selector operator")
		}
		f.qualified(at.Child("key"), r.Key)
		for j, v := range r.Values {
			if !anyValue {
				f.invalid(at.Child("values").Index(j), v, validation.IsValidLabelValue(v)...)
			}
		}
	}
	for i, r := range t.MatchFields {
		at := p.Child("matchFields").Index(i)
		switch r.Operator {
		case corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn:
			if len(r.Values) != 1 {
				f.add(field.Required(at.Child("values"), "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"))
			}
		default:
			f.invalid(at.Child("operator"), r.Operator, "not a valid selector operator")
		}
		if r.Key != metav1.ObjectNameField {
			f.invalid(at.Child("key"), r.Key, "not a valid field selector key")
			continue
		}
		for j, v := range r.Values {
			f.subdomain(at.Child("values").Index(j), v)
		}
	}
}

func podTerm(f *findings, p *field.Path, t *corev1.PodAffinityTerm) {
	f.selector(p.Child("labelSelector"), t.LabelSelector)
	f.selector(p.Child("namespaceSelector"), t.NamespaceSelector)
	for _, n := range t.Namespaces {
		f.invalid(p.Child("namespace"), n, apivalidation.ValidateNamespaceName(n, false)...)
	}
	matchLabelKeys(f, p.Child("matchLabelKeys"), t.MatchLabelKeys, t.LabelSelector)
	matchLabelKeys(f, p.Child("mismatchLabelKeys"), t.MismatchLabelKeys, t.LabelSelector)
	if t.TopologyKey == "" {
		f.add(field.Required(p.Child("topologyKey"), "can not be empty"))
	}
	f.qualified(p.Child("topologyKey"), t.TopologyKey)
}

func matchLabelKeys(f *findings, p *field.Path, keys []string, s *metav1.LabelSelector) {
	if len(keys) > 0 && s == nil {
		f.forbid(p, "must not be specified when labelSelector is not set")
		return
	}
	for i, k := range keys {
		f.qualified(p.Index(i), k)
	}
}

func tolerations(f *findings, p *field.Path, list []corev1.Toleration) {
	for i, t := range list {
		at := p.Index(i)
		if t.Key != "" {
			f.qualified(at.Child("key"), t.Key)
		} else if t.Operator != corev1.TolerationOpExists {
			f.invalid(at.Child("operator"), t.Operator, "operator must be Exists when `key` is empty, which means \"match all values and all keys\"")
		}
		if t.TolerationSeconds != nil && t.Effect != corev1.TaintEffectNoExecute {
			f.invalid(at.Child("effect"), t.Effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")
		}
		switch t.Operator {
		case corev1.TolerationOpEqual, "":
			if msgs := validation.IsValidLabelValue(t.Value); len(msgs) > 0 {
				f.invalid(at.Child("operator"), t.Value, strings.Join(msgs, ";"))
			}
		case corev1.TolerationOpExists:
			if t.Value != "" {
				f.invalid(at.Child("operator"), t.Value, "value must be empty when `operator` is 'Exists'")
			}
		case corev1.TolerationOpLt, corev1.TolerationOpGt:
			f.invalid(at.Child("value"), t.Value, content.IsDecimalInteger(t.Value)...)
			if _, err := strconv.ParseInt(t.Value, 10, 64); err != nil {
				f.invalid(at.Child("value"), t.Value, err.Error())
			}
		default:
			enum(f, at.Child("operator"), t.Operator, corev1.TolerationOpEqual, corev1.TolerationOpExists)
		}
		if t.Effect != "" {
			taintEffect(f, at.Child("effect"), t.Effect)
		}
	}
}

func taintEffect(f *findings, p *field.Path, e corev1.TaintEffect) {
	oneOf(f, p, e, corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoExecute)
}

func addedTolerations(f *findings, p *field.Path, now, before []corev1.Toleration) {
	for _, b := range before {
		kept := false
		for _, n := range now {
			b.TolerationSeconds = n.TolerationSeconds
			kept = kept || same(b, n)
		}
		if !kept {
			f.forbid(p, "existing toleration can not be modified except its tolerationSeconds")
			return
		}
	}
}

func spread(f *findings, p *field.Path, list []corev1.TopologySpreadConstraint) {
	for i, c := range list {
		at := p.Index(i)
		f.positive(at.Child("maxSkew"), int64(c.MaxSkew))
		if c.TopologyKey == "" {
			f.add(field.Required(at.Child("topologyKey"), "can not be empty"))
		}
		enum(f, at.Child("whenUnsatisfiable"), c.WhenUnsatisfiable, corev1.DoNotSchedule, corev1.ScheduleAnyway)
		for _, other := range list[i+1:] {
			if other.TopologyKey == c.TopologyKey && other.WhenUnsatisfiable == c.WhenUnsatisfiable {
				f.add(field.Duplicate(at.Child("{topologyKey, whenUnsatisfiable}"), fmt.Sprintf("{%v, %v}", c.TopologyKey, c.WhenUnsatisfiable)))
				break
			}
		}
		if m := c.MinDomains; m != nil {
			f.positive(at.Child("minDomains"), int64(*m))
			if c.WhenUnsatisfiable != corev1.DoNotSchedule {
				f.invalid(at.Child("minDomains"), *m, fmt.Sprintf("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not %s", c.WhenUnsatisfiable))
			}
		}
		optional(f, at.Child("nodeAffinityPolicy"), c.NodeAffinityPolicy, corev1.NodeInclusionPolicyHonor, corev1.NodeInclusionPolicyIgnore)
		optional(f, at.Child("nodeTaintsPolicy"), c.NodeTaintsPolicy, corev1.NodeInclusionPolicyHonor, corev1.NodeInclusionPolicyIgnore)
		matchLabelKeys(f, at.Child("matchLabelKeys"), c.MatchLabelKeys, c.LabelSelector)
		f.selector(at.Child("labelSelector"), c.LabelSelector)
	}
}

func taints(f *findings, p *field.Path, list []corev1.Taint) {
	seen := sets.New[string]()
	for i, t := range list {
		at := p.Index(i)
		f.qualified(at.Child("key"), t.Key)
		if msgs := validation.IsValidLabelValue(t.Value); len(msgs) > 0 {
			f.invalid(at.Child("value"), t.Value, strings.Join(msgs, ";"))
		}
		taintEffect(f, at.Child("effect"), t.Effect)
		if id := t.Key + " " + string(t.Effect); seen.Has(id) {
			e := field.Duplicate(at, t)
			e.Detail = "taints must be unique by key and effect pair"
			f.add(e)
		} else {
			seen.Insert(id)
		}
	}
}
