package known

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/objects"
)

// notAtHand is the value of a key that a script fills with what cannot be known.
const notAtHand = "<not known here>"

// Variable is an environment variable of a container, as its program will see it.
type Variable struct {
	Name   string
	Value  string
	Known  bool            // Value is what the program sees
	Source string          // "secret shop/db[password]", if another object holds the value
	Object *objects.Object // that says it: the workload, or the ConfigMap or Secret
	Field  string          // of Object
}

// Env lists the environment of a container: envFrom first, as the kubelet does, and the last of a name counts.
func Env(g *objects.Graph, w *objects.Workload, c *corev1.Container, path string) []Variable {
	e := environment{g: g, w: w, at: map[string]int{}}
	for i := range c.EnvFrom {
		e.from(&c.EnvFrom[i])
	}
	for i := range c.Env {
		v := &c.Env[i]
		field := objects.JoinPath(append(objects.ParsePath(path), objects.Step{Key: "env", Index: -1}, objects.Step{Index: i})...)
		e.add(e.variable(v, field))
	}
	return e.all
}

type environment struct {
	g   *objects.Graph
	w   *objects.Workload
	all []Variable
	at  map[string]int
}

func (e *environment) add(v Variable) {
	if i, there := e.at[v.Name]; there {
		e.all[i] = v
		return
	}
	e.at[v.Name] = len(e.all)
	e.all = append(e.all, v)
}

func (e *environment) from(f *corev1.EnvFromSource) {
	var o *objects.Object
	switch {
	case f.ConfigMapRef != nil:
		o = e.g.Find("ConfigMap", e.w.Namespace(), f.ConfigMapRef.Name)
	case f.SecretRef != nil:
		o = e.g.Find("Secret", e.w.Namespace(), f.SecretRef.Name)
	}
	if o == nil {
		return
	}
	values, _ := Data(o)
	for _, key := range sorted(values) {
		e.add(held(f.Prefix+key, o, key, values[key]))
	}
}

func (e *environment) variable(v *corev1.EnvVar, field string) Variable {
	out := Variable{Name: v.Name, Object: e.w.Object, Field: field + ".value"}
	if v.ValueFrom == nil {
		out.Value, out.Known = e.expand(v.Value)
		return out
	}
	out.Field = field + ".valueFrom"
	kind, name, key := "", "", ""
	if r := v.ValueFrom.ConfigMapKeyRef; r != nil {
		kind, name, key = "ConfigMap", r.Name, r.Key
	}
	if r := v.ValueFrom.SecretKeyRef; r != nil {
		kind, name, key = "Secret", r.Name, r.Key
	}
	if kind == "" {
		return out
	}
	if o := e.g.Find(kind, e.w.Namespace(), name); o != nil {
		values, _ := Data(o)
		if value, there := values[key]; there {
			return held(v.Name, o, key, value)
		}
	}
	out.Source = strings.ToLower(kind) + " " + e.w.Namespace() + "/" + name + "[" + key + "]"
	return out
}

// expand replaces $(NAME) as the kubelet does; false if a value is not known.
func (e *environment) expand(value string) (string, bool) {
	if !strings.Contains(value, "$(") {
		return value, true
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(value, "$(")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		name, after, closed := strings.Cut(rest, ")")
		i, there := e.at[name]
		switch {
		case !closed:
			b.WriteString("$(" + rest)
			return b.String(), true
		case strings.HasSuffix(before, "$"), !there:
			b.WriteString("$(" + name + ")")
		case !e.all[i].Known:
			return "", false
		default:
			b.WriteString(e.all[i].Value)
		}
		value = after
	}
}

func held(name string, o *objects.Object, key, value string) Variable {
	field := "data"
	if s, ok := o.Object.(*corev1.Secret); ok {
		if _, plain := s.StringData[key]; plain {
			field = "stringData"
		}
	}
	return Variable{
		Name: name, Value: value, Known: value != notAtHand, Source: o.Title() + "[" + key + "]", Object: o,
		Field: objects.JoinPath(objects.Step{Key: field, Index: -1}, objects.Step{Key: key, Index: -1}),
	}
}

// Data lists the keys of a ConfigMap or Secret with their content; false if the object is neither.
func Data(o *objects.Object) (map[string]string, bool) {
	switch v := o.Object.(type) {
	case *corev1.ConfigMap:
		if len(v.BinaryData) == 0 {
			return v.Data, true
		}
		all := make(map[string]string, len(v.Data)+len(v.BinaryData))
		for k := range v.BinaryData {
			all[k] = notAtHand
		}
		for k, text := range v.Data {
			all[k] = text
		}
		return all, true
	case *corev1.Secret:
		all := make(map[string]string, len(v.Data)+len(v.StringData))
		for k, text := range v.Data {
			all[k] = string(text)
		}
		for k, text := range v.StringData {
			all[k] = text
		}
		return all, true
	}
	return nil, false
}
