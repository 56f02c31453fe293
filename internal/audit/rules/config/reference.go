package config

import (
	"fmt"
	"strings"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// everywhere are ConfigMaps that a cluster makes.
var everywhere = map[string]bool{
	"kube-root-ca.crt": true, "openshift-service-ca.crt": true, "extension-apiserver-authentication": true, "coredns": true,
	"kubeadm-config": true, "kube-proxy": true, "cluster-info": true,
}

// referenceMissing finds names of ConfigMaps and Secrets that nothing has: one finding for each object and name.
func referenceMissing(p *rule.Pass) {
	made := known.OperatorsOf(p.Graph)
	for _, w := range p.Workloads() {
		told := map[string]bool{}
		for _, r := range p.From(w.Object) {
			id := r.Kind + "/" + r.Name
			pull := strings.Contains(r.Field, ".imagePullSecrets")
			if r.Kind != "ConfigMap" && r.Kind != "Secret" || r.To != nil || r.Optional && !pull || told[id] {
				continue
			}
			told[id] = true
			if made.Make(w.Namespace(), r.Name) || r.Kind == "ConfigMap" && everywhere[r.Name] {
				continue
			}
			p.Report(w.Object, r.Field, "there is no %s %s in namespace %s%s", r.Kind, r.Name, w.Namespace(), hint(p, r.Kind, w.Namespace(), r.Name)).
				Advise(fmt.Sprintf("create the %s %s in namespace %s, or correct the name; if a command makes it, give the script with --with", r.Kind, r.Name, w.Namespace()))
		}
	}
}

// hint says what of a similar name there is.
func hint(p *rule.Pass, kind, namespace, name string) string {
	if o := known.Elsewhere(p.Graph, kind, namespace, name); o != nil {
		return fmt.Sprintf("; there is one of that name in namespace %s, which does not count here", o.Namespace())
	}
	if o := known.Nearest(p.Graph, kind, namespace, name); o != nil {
		return fmt.Sprintf("; there is %s %s", kind, o.Name())
	}
	if o := related(p, kind, namespace, name); o != nil {
		return fmt.Sprintf("; there is %s %s", kind, o.Name())
	}
	return ""
}

// related finds the only object of that kind in the namespace, or the one whose name shares a word.
func related(p *rule.Pass, kind, namespace, name string) *objects.Object {
	var only *objects.Object
	for i, o := range p.OfKind(kind) {
		if i > 200 {
			return nil
		}
		if o.Namespace() != namespace {
			continue
		}
		for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '.' }) {
			if len(word) > 3 && strings.Contains(o.Name(), word) {
				if only != nil {
					return nil
				}
				only = o
				break
			}
		}
	}
	return only
}
