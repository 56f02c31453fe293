package security

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

// eachNamespace visits those that the files describe as such; a Compose file cannot say anything of its own.
func eachNamespace(p *rule.Pass, visit func(*objects.Object)) {
	seen := map[string]bool{}
	for _, o := range p.OfKind("Namespace") {
		if _, ok := o.Object.(*corev1.Namespace); ok && !o.Given && o.Origin.Path == "" && !strings.HasPrefix(o.Name(), "kube-") && !seen[o.Name()] {
			seen[o.Name()] = true
			visit(o)
		}
	}
}

func checkLabels(p *rule.Pass) {
	eachNamespace(p, func(o *objects.Object) {
		level, said := enforced(o.Meta().GetLabels())
		switch {
		case !said:
			fits := fitting(p, o.Name())
			f := p.Report(o, "metadata.labels", "namespace %s enforces no Pod Security level", o.Name())
			if fits != api.LevelPrivileged {
				f.Show("metadata:\n  labels:\n    " + api.EnforceLevelLabel + ": " + string(fits) + " # its pods, as they are, keep to it\n")
			}
		case level.Level == api.LevelPrivileged && fitting(p, o.Name()) != api.LevelPrivileged:
			p.Report(o, "metadata.labels["+api.EnforceLevelLabel+"]", "namespace %s enforces the level privileged, which its pods do not need", o.Name())
		}
	})
}

// fitting is the strictest level that all pods of a namespace keep to.
func fitting(p *rule.Pass, namespace string) api.Level {
	fits := api.LevelRestricted
	for _, w := range p.InNamespace(namespace) {
		for _, lower := range []api.Level{api.LevelBaseline, api.LevelPrivileged} {
			if judge(api.LevelVersion{Level: fits, Version: api.LatestVersion()}, w, w.Pod) != "" {
				fits = lower
			}
		}
	}
	return fits
}

func checkQuota(p *rule.Pass) {
	limited := map[string]bool{}
	for _, kind := range []string{"ResourceQuota", "LimitRange"} {
		for _, o := range p.OfKind(kind) {
			limited[o.Namespace()] = true
		}
	}
	eachNamespace(p, func(o *objects.Object) {
		if !limited[o.Name()] {
			p.Report(o, "", "namespace %s has no ResourceQuota and no LimitRange", o.Name())
		}
	})
}

func checkDefaultNamespace(p *rule.Pass) {
	all := p.InNamespace("default")
	var names []string
	var first *objects.Workload
	for _, w := range all {
		if !w.Given {
			names = append(names, w.Name())
			if first == nil {
				first = w
			}
		}
	}
	if first != nil {
		p.Report(first.Object, "metadata.namespace", "%s: in the namespace default", some(names))
	}
}
