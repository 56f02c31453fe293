package upgrade

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
)

// metrics brings the metrics of autoscaling/v2beta1, with a field for each sort of target, to those of v2.
func metrics(p *plan) {
	for _, m := range p.spec().items("metrics") {
		for _, s := range sources {
			old := m.child(s.key)
			if shaped, ok := s.reshape(old.m); ok {
				p.say(m.path(s.key)+": "+s.moves(old.m), m.set(s.key, shaped))
			}
		}
	}
}

// source is one sort of metric: which of its old fields are what.
type source struct {
	key       string
	described string            // what the metric is of
	metric    map[string]string // fields of the metric: old name → new
	targets   []target          // in order of precedence
}

type target struct{ old, kind, field string }

var (
	averageUtilization = target{"targetAverageUtilization", "Utilization", "averageUtilization"}
	averageValue       = target{"targetAverageValue", "AverageValue", "averageValue"}
	value              = target{"targetValue", "Value", "value"}
)

var sources = []source{
	{key: "resource", targets: []target{averageUtilization, averageValue}},
	{key: "containerResource", targets: []target{averageUtilization, averageValue}},
	{key: "pods", metric: map[string]string{"metricName": "name", "selector": "selector"}, targets: []target{averageValue}},
	{key: "object", described: "target", metric: map[string]string{"metricName": "name", "selector": "selector"},
		targets: []target{{"averageValue", "AverageValue", "averageValue"}, value}},
	{key: "external", metric: map[string]string{"metricName": "name", "metricSelector": "selector"}, targets: []target{averageValue, value}},
}

// moves says which old fields of a source are where now.
func (s source) moves(old map[string]any) string {
	var texts []string
	say := func(from, to string) {
		if old[from] != nil && len(texts) == 0 {
			texts = append(texts, from+" is "+to+" now")
		} else if old[from] != nil {
			texts = append(texts, from+" is "+to)
		}
	}
	for _, from := range slices.Sorted(maps.Keys(s.metric)) {
		say(from, "metric."+s.metric[from])
	}
	for _, t := range s.targets {
		say(t.old, "target."+t.field)
	}
	say(s.described, "describedObject")
	return strings.Join(texts, ", ")
}

// reshape makes the new form of an old source; false if it is not of the old form. Fields it does not know stay.
func (s source) reshape(old map[string]any) (objects.Ordered, bool) {
	is := func(key string) bool { return old[key] != nil }
	if !slices.ContainsFunc(s.targets, func(t target) bool { return is(t.old) }) && !is("metricName") {
		return nil, false
	}
	var metric, aim, rest, described objects.Ordered
	for _, kv := range written(old).(objects.Ordered) {
		name, inMetric := s.metric[kv.Key]
		t := slices.IndexFunc(s.targets, func(t target) bool { return t.old == kv.Key })
		switch {
		case inMetric:
			metric = append(metric, objects.KeyValue{Key: name, Value: kv.Value})
		case t >= 0:
			aim = append(aim, objects.KeyValue{Key: s.targets[t].field, Value: kv.Value})
		case kv.Key == s.described:
			described = append(described, objects.KeyValue{Key: "describedObject", Value: kv.Value})
		default:
			rest = append(rest, kv)
		}
	}
	if i := slices.IndexFunc(s.targets, func(t target) bool { return is(t.old) }); i >= 0 {
		aim = append(objects.Ordered{{Key: "type", Value: s.targets[i].kind}}, aim...)
	}
	shaped := slices.Concat(described, rest)
	if metric != nil {
		shaped = append(shaped, objects.KeyValue{Key: "metric", Value: metric})
	}
	if aim != nil {
		shaped = append(shaped, objects.KeyValue{Key: "target", Value: aim})
	}
	return shaped, true
}

// utilization is the one target that autoscaling/v1 has a field for.
func utilization(p *plan) {
	spec := p.spec()
	percent := spec.m["targetCPUUtilizationPercentage"]
	if percent == nil {
		return
	}
	if spec.has("metrics") {
		p.dropped(spec, "targetCPUUtilizationPercentage", "is no field of autoscaling/v2, which has metrics")
		return
	}
	if p.from.Version == "v1" && p.annotated() != nil {
		return // comes with the others
	}
	p.say("spec.targetCPUUtilizationPercentage is the target of a metric now",
		spec.set("metrics", []any{cpu(percent)}), spec.remove("targetCPUUtilizationPercentage"))
}

func cpu(percent any) objects.Ordered {
	return objects.Ordered{{Key: "type", Value: "Resource"}, {Key: "resource", Value: objects.Ordered{
		{Key: "name", Value: "cpu"},
		{Key: "target", Value: objects.Ordered{{Key: "type", Value: "Utilization"}, {Key: "averageUtilization", Value: written(percent)}}},
	}}}
}

// Annotations in which autoscaling/v1 carries what it has no fields for; API servers read them.
const (
	metricsAnnotation  = "autoscaling.alpha.kubernetes.io/metrics"
	behaviorAnnotation = "autoscaling.alpha.kubernetes.io/behavior"
)

func (p *plan) annotations() place { return p.root().child("metadata", "annotations") }

// annotated are the metrics in the annotation, in the new form.
func (p *plan) annotated() []any {
	var list []map[string]any
	if json.Unmarshal([]byte(p.annotations().text(metricsAnnotation)), &list) != nil {
		return nil
	}
	var all []any
	for _, m := range list {
		var metric objects.Ordered
		for _, kv := range written(m).(objects.Ordered) {
			i := slices.IndexFunc(sources, func(s source) bool { return s.key == kv.Key })
			if old, ok := m[kv.Key].(map[string]any); ok && i >= 0 {
				if shaped, ok := sources[i].reshape(old); ok {
					kv.Value = shaped
				}
			}
			metric = append(metric, kv)
		}
		all = append(all, metric)
	}
	return all
}

// annotatedMetrics moves the annotations of autoscaling/v1 into the fields that v2 has for them.
func annotatedMetrics(p *plan) {
	spec, notes := p.spec(), p.annotations()
	if !spec.here() {
		return
	}
	var moved []string
	if all := p.annotated(); all != nil {
		var edits []objects.Edit
		if percent := spec.m["targetCPUUtilizationPercentage"]; percent != nil {
			all = append([]any{cpu(percent)}, all...)
			edits = append(edits, spec.remove("targetCPUUtilizationPercentage"))
		}
		p.say("the metrics in the annotation "+metricsAnnotation+" are spec.metrics now",
			append([]objects.Edit{spec.set("metrics", all)}, edits...)...)
		moved = append(moved, metricsAnnotation)
	}
	var behavior map[string]any
	if json.Unmarshal([]byte(notes.text(behaviorAnnotation)), &behavior) == nil && behavior != nil {
		p.say("the annotation "+behaviorAnnotation+" is spec.behavior now", spec.set("behavior", written(lowered(behavior))))
		moved = append(moved, behaviorAnnotation)
	}
	p.unannotate(moved)
}

// unannotate takes annotations away, and with the last of them what held them.
func (p *plan) unannotate(keys []string) {
	if len(keys) == 0 {
		return
	}
	notes, last := p.annotations(), &p.changes[len(p.changes)-1]
	if len(keys) == len(notes.m) {
		last.Edits = append(last.Edits, p.root().child("metadata").remove("annotations"))
		return
	}
	for _, key := range keys {
		last.Edits = append(last.Edits, notes.remove(key))
	}
}

// lowered writes the first letters of keys small: API servers wrote that annotation with the names of Go.
func lowered(value any) any {
	switch v := value.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, item := range v {
			if key != "" && key[0] >= 'A' && key[0] <= 'Z' {
				key = string(key[0]+'a'-'A') + key[1:]
			}
			m[key] = lowered(item)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = lowered(item)
		}
		return list
	}
	return value
}
