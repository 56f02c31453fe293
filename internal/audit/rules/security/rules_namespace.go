package security

import "github.com/slipway-sh/slipway/internal/audit/rule"

const (
	psLabels = k8sDocs + "tasks/configure-pod-container/enforce-standards-namespace-labels/"
	psAdmit  = k8sDocs + "concepts/security/pod-security-admission/"
)

var namespaceRules = []*rule.Rule{
	{ID: "pod-security-violated", Severity: rule.Broken, Title: "The namespace refuses the pods of a workload", Fixes: true,
		Why:     "The workload is taken and stays without pods; the refusal stands only in the events of its ReplicaSet, StatefulSet or Job.",
		Advice:  "set in the pod's securityContext what the namespace's level asks for",
		Sources: []string{psAdmit, standards}, Check: checkViolations},
	{ID: "pod-refused-by-namespace", Severity: rule.Refused, Title: "The namespace refuses a pod", Fixes: true,
		Why:     "The Pod Security level of the namespace forbids it, so the API server does not take it.",
		Advice:  "set in the pod's securityContext what the namespace's level asks for",
		Sources: []string{psAdmit, standards}, Check: checkRefusedPods},
	{ID: "pod-security-labels", Severity: rule.Risk, Title: "A namespace takes pods of any rights",
		Why:     "Without a level to enforce, whoever may create a pod can mount the node's disk in it and own the node.",
		Advice:  "label the namespace with pod-security.kubernetes.io/enforce: restricted, or baseline; try it first with warn",
		Sources: []string{psLabels, psAdmit}, Check: checkLabels},
	{ID: "no-quota", Severity: rule.Risk, Title: "A namespace can take all of the cluster",
		Why:     "One autoscaler gone wild, or one Job that makes pods without end, takes the memory of all other applications.",
		Advice:  "add a ResourceQuota with the sum of what the application may use, and a LimitRange with what a container gets that says nothing",
		Sources: []string{k8sDocs + "concepts/policy/resource-quotas/", k8sDocs + "concepts/policy/limit-range/"}, Check: checkQuota},
	{ID: "default-namespace", Severity: rule.Risk, Title: "A workload is in the namespace default",
		Why:     "It shares names, rights, quotas and policies with everything that anybody ever applied without -n.",
		Advice:  "give the application a namespace of its own",
		Sources: []string{k8sDocs + "concepts/overview/working-with-objects/namespaces/#initial-namespaces"}, Check: checkDefaultNamespace},
}

var edgeRules = []*rule.Rule{
	{ID: "ingress-snippet", Severity: rule.Risk, Title: "An Ingress has lines for the controller's configuration file",
		Why:     "Who may write an Ingress can read all secrets of the cluster through them (CVE-2021-25742), so current controllers refuse the Ingress by default and the route is not served.",
		Advice:  "use the annotation that is made for the purpose, or move it into the controller's own ConfigMap",
		Sources: []string{"https://github.com/kubernetes/ingress-nginx/issues/7837", "https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#configuration-snippet"}, Check: checkSnippets},
	{ID: "external-ips", Severity: rule.Risk, Title: "A Service claims addresses by itself",
		Why:     "Nobody checks that they are its own: traffic of the whole cluster to such an address goes to these pods (CVE-2020-8554).",
		Advice:  "use type LoadBalancer, or a Gateway or Ingress",
		Sources: []string{"https://github.com/kubernetes/kubernetes/issues/97076", k8sDocs + "concepts/services-networking/service/#external-ips"}, Check: checkExternalIPs},
}
