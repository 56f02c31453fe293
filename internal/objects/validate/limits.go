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

func limitRange(f *findings, s *corev1.LimitRangeSpec) {
	seen := sets.New[corev1.LimitType]()
	for i := range s.Limits {
		l, at := &s.Limits[i], objectSpec.Child("limits").Index(i)
		limitType(f, at.Child("type"), l.Type)
		unique(f, at.Child("type"), seen, l.Type)
		limits(f, at, l)
	}
}

func limitType(f *findings, p *field.Path, t corev1.LimitType) {
	msgs := validation.IsQualifiedName(string(t))
	f.invalid(p, t, msgs...)
	switch t {
	case corev1.LimitTypePod, corev1.LimitTypeContainer, corev1.LimitTypePersistentVolumeClaim:
	default:
		if len(msgs) == 0 && !strings.Contains(string(t), "/") {
			f.invalid(p, t, "must be a standard limit type or fully qualified")
		}
	}
}

func limits(f *findings, p *field.Path, l *corev1.LimitRangeItem) {
	d, request := l.Default, l.DefaultRequest
	if l.Type == corev1.LimitTypePod {
		d, request = nil, nil
		const why = "may not be specified when `type` is 'Pod'"
		if len(l.Default) > 0 {
			f.forbid(p.Child("default"), why)
		}
		if len(l.DefaultRequest) > 0 {
			f.forbid(p.Child("defaultRequest"), why)
		}
	}
	names := sets.New[corev1.ResourceName]()
	for _, list := range []struct {
		name string
		of   corev1.ResourceList
	}{{"max", l.Max}, {"min", l.Min}, {"default", d}, {"defaultRequest", request}, {"maxLimitRequestRatio", l.MaxLimitRequestRatio}} {
		for _, name := range sorted(list.of) {
			names.Insert(name)
			if at := p.Child(list.name).Key(string(name)); l.Type == corev1.LimitTypePod || l.Type == corev1.LimitTypeContainer {
				resourceName(f, at, name)
			} else {
				anyResourceName(f, at, name)
			}
		}
	}
	_, least := l.Min[corev1.ResourceStorage]
	_, most := l.Max[corev1.ResourceStorage]
	if l.Type == corev1.LimitTypePersistentVolumeClaim && !least && !most {
		f.add(field.Required(p.Child("limits"), "either minimum or maximum storage value is required, but neither was provided"))
	}
	for _, name := range sets.List(names) {
		inOrder(f, p, l, name, d, request)
		ratio(f, p.Child("maxLimitRequestRatio").Key(string(name)), l, name)
	}
}

// inOrder wants min ≤ default request ≤ default ≤ max of one resource.
func inOrder(f *findings, p *field.Path, l *corev1.LimitRangeItem, name corev1.ResourceName, d, request corev1.ResourceList) {
	for _, c := range []struct {
		low, high         corev1.ResourceList
		lowName, highName string
		at                string
		reports           corev1.ResourceList
	}{
		{l.Min, l.Max, "min", "max", "min", l.Min},
		{l.Min, request, "min", "default request", "defaultRequest", request},
		{request, l.Max, "default request", "max", "defaultRequest", request},
		{request, d, "default request", "default limit", "defaultRequest", request},
		{l.Min, d, "min", "default", "default", l.Min},
		{d, l.Max, "default", "max", "default", l.Max},
	} {
		low, ok := c.low[name]
		high, also := c.high[name]
		if ok && also && low.Cmp(high) > 0 {
			q := c.reports[name]
			f.invalid(p.Child(c.at).Key(string(name)), q.String(), fmt.Sprintf("%s value %s is greater than %s value %s", c.lowName, low.String(), c.highName, high.String()))
		}
	}
	now, ok := d[name]
	asked, also := request[name]
	if ok && also && !overcommits(name) && now.Cmp(asked) != 0 {
		f.invalid(p.Child("defaultRequest").Key(string(name)), asked.String(), fmt.Sprintf("default value %s must equal to defaultRequest value %s in %s", now.String(), asked.String(), name))
	}
}

// ratio wants the ratio of limit to request to be one that max and min allow.
func ratio(f *findings, p *field.Path, l *corev1.LimitRangeItem, name corev1.ResourceName) {
	r, ok := l.MaxLimitRequestRatio[name]
	if !ok {
		return
	}
	if r.Cmp(*resource.NewQuantity(1, resource.DecimalSI)) < 0 {
		f.invalid(p, r.String(), fmt.Sprintf("ratio %s is less than 1", r.String()))
	}
	low, hasLow := l.Min[name]
	high, hasHigh := l.Max[name]
	if !hasLow || !hasHigh {
		return
	}
	times, a, b := float64(r.Value()), low.Value(), high.Value()
	if r.Value() < resource.MaxMilliValue && a < resource.MaxMilliValue && b < resource.MaxMilliValue {
		times, a, b = float64(r.MilliValue())/1000, low.MilliValue(), high.MilliValue()
	}
	if possible := float64(b) / float64(a); times > possible {
		f.invalid(p, r.String(), fmt.Sprintf("ratio %s is greater than max/min = %f", r.String(), possible))
	}
}
