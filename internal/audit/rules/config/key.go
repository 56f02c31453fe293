package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// use is one key of a ConfigMap or Secret that a pod wants.
type use struct{ kind, name, key, field string }

// keyMissing finds keys that a ConfigMap or Secret does not have: one finding for each pod and object.
func keyMissing(p *rule.Pass) {
	made := known.OperatorsOf(p.Graph)
	for _, w := range p.Workloads() {
		if w.Given {
			continue
		}
		var order []*objects.Object
		missing, first := map[*objects.Object][]string{}, map[*objects.Object]use{}
		for _, u := range uses(w) {
			o := p.Find(u.kind, w.Namespace(), u.name)
			if o == nil {
				o = known.Elsewhere(p.Graph, u.kind, w.Namespace(), u.name)
			}
			if o == nil || made.Make(o.Namespace(), u.name) {
				continue
			}
			has, ok := known.Data(o)
			if _, there := has[u.key]; there || !ok || filledLater(o, has) {
				continue
			}
			if missing[o] == nil {
				order, first[o] = append(order, o), u
			}
			if !slices.Contains(missing[o], u.key) {
				missing[o] = append(missing[o], u.key)
			}
		}
		for _, o := range order {
			has, _ := known.Data(o)
			p.Report(w.Object, first[o].field, "%s %s has no %s %s; %s", o.Kind(), o.Namespace()+"/"+o.Name(),
				plural(len(missing[o]), "key", "keys"), strings.Join(missing[o], ", "), lists(has)).
				Advise(fmt.Sprintf("add the %s to %s %s, or use a key that it has", plural(len(missing[o]), "key", "keys"), o.Kind(), o.Name()))
		}
	}
}

// filledLater tells an object without content that something fills: a token, a certificate, an injected bundle.
func filledLater(o *objects.Object, has map[string]string) bool {
	if s, ok := o.Object.(*corev1.Secret); ok && s.Type == corev1.SecretTypeServiceAccountToken {
		return true
	}
	return len(has) == 0 && len(o.Meta().GetAnnotations())+len(o.Meta().GetLabels()) > 0
}

func lists(has map[string]string) string {
	keys := slices.Sorted(maps.Keys(has))
	const most = 8
	switch {
	case len(keys) == 0:
		return "it has none"
	case len(keys) > most:
		return fmt.Sprintf("it has %s and %d more", strings.Join(keys[:most], ", "), len(keys)-most)
	}
	return "it has " + strings.Join(keys, ", ")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// uses lists the keys that a workload's pods want and must have.
func uses(w *objects.Workload) []use {
	var all []use
	volumes := map[string]*corev1.Volume{}
	for i := range w.Pod.Volumes {
		v := &w.Pod.Volumes[i]
		volumes[v.Name] = v
		all = append(all, itemUses(v, fmt.Sprintf("%s.volumes[%d]", w.Path, i))...)
	}
	rule.EachContainer(w, func(c rule.Container) {
		for i := range c.Env {
			from := c.Env[i].ValueFrom
			if from == nil {
				continue
			}
			at := fmt.Sprintf("%s.env[%d].valueFrom", c.Path, i)
			if r := from.ConfigMapKeyRef; r != nil && !yes(r.Optional) {
				all = append(all, use{"ConfigMap", r.Name, r.Key, at + ".configMapKeyRef"})
			}
			if r := from.SecretKeyRef; r != nil && !yes(r.Optional) {
				all = append(all, use{"Secret", r.Name, r.Key, at + ".secretKeyRef"})
			}
		}
		for i, m := range c.VolumeMounts {
			if m.SubPath == "" || volumes[m.Name] == nil || strings.Contains(m.SubPath, "/") {
				continue
			}
			at := fmt.Sprintf("%s.volumeMounts[%d].subPath", c.Path, i)
			switch v := volumes[m.Name]; {
			case v.ConfigMap != nil && len(v.ConfigMap.Items) == 0:
				all = append(all, use{"ConfigMap", v.ConfigMap.Name, m.SubPath, at})
			case v.Secret != nil && len(v.Secret.Items) == 0:
				all = append(all, use{"Secret", v.Secret.SecretName, m.SubPath, at})
			}
		}
	})
	return slices.DeleteFunc(all, func(u use) bool { return u.key == "" || u.name == "" })
}

func itemUses(v *corev1.Volume, at string) []use {
	var all []use
	items := func(kind, name, field string, optional *bool, items []corev1.KeyToPath) {
		for i := range items {
			if !yes(optional) {
				all = append(all, use{kind, name, items[i].Key, fmt.Sprintf("%s.items[%d]", field, i)})
			}
		}
	}
	if c := v.ConfigMap; c != nil {
		items("ConfigMap", c.Name, at+".configMap", c.Optional, c.Items)
	}
	if s := v.Secret; s != nil {
		items("Secret", s.SecretName, at+".secret", s.Optional, s.Items)
	}
	if v.Projected == nil {
		return all
	}
	for i, s := range v.Projected.Sources {
		at := fmt.Sprintf("%s.projected.sources[%d]", at, i)
		if s.ConfigMap != nil {
			items("ConfigMap", s.ConfigMap.Name, at+".configMap", s.ConfigMap.Optional, s.ConfigMap.Items)
		}
		if s.Secret != nil {
			items("Secret", s.Secret.Name, at+".secret", s.Secret.Optional, s.Secret.Items)
		}
	}
	return all
}

func yes(b *bool) bool { return b != nil && *b }
