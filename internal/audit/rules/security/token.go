package security

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

func checkToken(p *rule.Pass) {
	bound := bindings(p)
	eachWorkload(p, func(w *objects.Workload) {
		if w.Pod.AutomountServiceAccountToken != nil || runs(w.Pod, callers) || asksAPI(w) {
			return
		}
		name := accountOf(w.Pod)
		account := p.Find("ServiceAccount", w.Namespace(), name)
		if account == nil && name != defaultAccount {
			return // what is bound to it is as unknown as the account
		}
		if a, ok := objectOf[*corev1.ServiceAccount](account); ok && is(a.AutomountServiceAccountToken, false) {
			return
		}
		if bound.any(w.Namespace(), name) {
			return
		}
		whose := "the token of the account " + name
		if name == defaultAccount {
			whose = "the token of the namespace's default account"
		}
		f := p.Report(w.Object, w.Path, "the pod carries %s, to which nothing here binds any right", whose)
		switch w.Kind() {
		case "Job", "Pod": // these cannot be changed once they are there
			f.Show("automountServiceAccountToken: false\n")
		default:
			if name == defaultAccount {
				f.Set(w.Path+".automountServiceAccountToken", false)
			}
		}
	})
}

const defaultAccount = "default"

func accountOf(pod *corev1.PodSpec) string {
	switch {
	case pod.ServiceAccountName != "":
		return pod.ServiceAccountName
	case pod.DeprecatedServiceAccount != "":
		return pod.DeprecatedServiceAccount
	}
	return defaultAccount
}

// asksAPI says that a pod's environment, command or annotations speak of the Kubernetes API, or of Vault, which wants
// the token for itself.
func asksAPI(w *objects.Workload) bool {
	found := false
	objects.EachContainer(w.Pod, "", func(c *corev1.Container, _ string) {
		for _, e := range c.Env {
			found = found || strings.HasPrefix(e.Name, "KUBERNETES_") || strings.HasPrefix(e.Name, "KUBE_") || e.Name == "POD_NAMESPACE" && e.ValueFrom != nil
		}
		for _, list := range [][]string{c.Command, c.Args} {
			for _, a := range list {
				found = found || strings.Contains(a, "kubectl") || strings.Contains(a, "kubernetes") || strings.Contains(a, "serviceaccount")
			}
		}
	})
	if t, _ := objects.Template(w.Object.Object); t != nil {
		for k := range t.Annotations {
			found = found || strings.HasPrefix(k, "vault.hashicorp.com/")
		}
	}
	return found
}

func objectOf[T any](o *objects.Object) (v T, ok bool) {
	if o == nil {
		return v, false
	}
	v, ok = o.Object.(T)
	return v, ok
}
