package network

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// enough workloads are compared with a selector that chooses none.
const enough = 200

// said writes a selector as people do: app=web, tier=front.
func said(sel *metav1.LabelSelector) string {
	return strings.ReplaceAll(metav1.FormatLabelSelector(sel), ",", ", ")
}

// byOperator says that a selector may be for pods that an operator makes.
func byOperator(made *known.Operators, namespace string, sel *metav1.LabelSelector) bool {
	for k, v := range sel.MatchLabels {
		if made.Make(namespace, v) || strings.HasPrefix(k, "acme.cert-manager.io/") { // pods that answer a challenge, and go
			return true
		}
	}
	return made.Pods(namespace)
}

// near tells what comes closest to a selector that chooses nothing: pods of another namespace, or pods with another
// value of a label.
func near(p *rule.Pass, namespace string, sel *metav1.LabelSelector) string {
	spaces := slices.Sorted(maps.Keys(spacesOf(p)))
	for _, ns := range spaces {
		if found := p.Select(ns, sel); ns != namespace && len(found) > 0 {
			return fmt.Sprintf("; the pods of %s are in namespace %s", name(found[0]), ns)
		}
	}
	var best *objects.Workload
	most := -1
	for i, w := range p.InNamespace(namespace) {
		if i > enough {
			break
		}
		score := 0
		for k, v := range sel.MatchLabels {
			if has, there := w.Labels[k]; there {
				score++
				if has == v {
					score += 2
				}
			}
		}
		if score > most && score > 0 {
			best, most = w, score
		}
	}
	if best == nil {
		return ""
	}
	var differ []string
	for _, k := range slices.Sorted(maps.Keys(sel.MatchLabels)) {
		switch v, there := best.Labels[k]; {
		case !there:
			differ = append(differ, "no "+k)
		case v != sel.MatchLabels[k]:
			differ = append(differ, k+"="+v)
		}
	}
	if len(differ) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s has %s", name(best), strings.Join(differ, ", "))
}

// spacesOf are the namespaces with pods, none if there are too many to ask each.
func spacesOf(p *rule.Pass) map[string]bool {
	spaces := map[string]bool{}
	if len(p.Namespaces()) > enough {
		return spaces
	}
	for _, w := range p.Workloads() {
		if spaces[w.Namespace()] = true; len(spaces) > enough {
			return nil
		}
	}
	return spaces
}

func name(w *objects.Workload) string { return strings.ToLower(w.Kind()) + " " + w.Name() }
