package network

import (
	"embed"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

// Cases are the files that test the rules, one each.
//
//go:embed cases/*.txtar
var Cases embed.FS

const (
	serviceDoc = "https://kubernetes.io/docs/concepts/services-networking/service/"
	policyDoc  = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"
	debugDoc   = "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/"
)

// Rules are the rules of this room.
var Rules = []*rule.Rule{
	{ID: "service-selects-nothing", Severity: rule.Broken, Title: "A Service chooses no pods", Check: selectsNothing,
		Why:     "It has a name and an address, and no endpoint behind them: every connection is refused or hangs, and nothing in its status says so.",
		Advice:  "make the selector the same as the labels of the pod template (not those of the Deployment itself)",
		Sources: []string{serviceDoc + "#defining-a-service", debugDoc}},
	{ID: "service-port-not-opened", Severity: rule.Broken, Title: "A Service leads to a port that no container opens", Check: portNotOpened,
		Why:     "targetPort is the port of the program in the container. Endpoints are there and look well, and every connection is refused.",
		Advice:  "set targetPort to the port that the container listens at; if it does listen there, add it to the container's ports",
		Sources: []string{serviceDoc + "#field-spec-ports", debugDoc}},
	{ID: "service-selects-too-much", Severity: rule.Broken, Title: "A Service chooses the pods of two programs that do not open the same ports", Check: selectsTooMuch, Fixes: true,
		Why:     "It spreads connections over all of them: a part, at random, reaches a program that does not listen there and is refused.",
		Advice:  "add a label to the selector that only the right pods have",
		Sources: []string{serviceDoc + "#defining-a-service"}},
	{ID: "policy-selects-nothing", Severity: rule.Broken, Title: "A NetworkPolicy is for pods that are not there", Check: policySelectsNothing,
		Why:     "It protects nothing and opens nothing. A policy is for pods of its own namespace alone.",
		Advice:  "make podSelector the same as the labels of the pods, in their namespace",
		Sources: []string{policyDoc}},
	{ID: "policy-peer-matches-nothing", Severity: rule.Broken, Title: "A NetworkPolicy lets in or out what does not exist", Check: peerMatchesNothing, Fixes: true,
		Why:     "Who was to be let through is shut out. A podSelector alone means the policy's own namespace, and a namespace has no label but those it was given and kubernetes.io/metadata.name.",
		Advice:  "choose by labels that the pods and the namespace have",
		Sources: []string{policyDoc + "#targeting-a-namespace-by-its-name", "https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/2161-apiserver-default-labels"}},
	{ID: "policy-cuts-off-users", Severity: rule.Broken, Title: "NetworkPolicies shut out those who need a program", Check: cutsOffUsers,
		Why:     "Connections hang until they time out, with no trace at either end. It shows first when the Job that migrates, the ingress controller or the monitoring is in need of it.",
		Advice:  "add a rule for them to a policy that chooses these pods",
		Compose: "put both services into a common network",
		Sources: []string{policyDoc}},
	{ID: "policy-blocks-dns", Severity: rule.Broken, Title: "NetworkPolicies keep pods from asking DNS", Check: blocksDNS,
		Why:     "Egress that is closed is closed to DNS too: no name is resolved, so that what the other rules let out cannot be found.",
		Advice:  "let out port 53, UDP and TCP, to kube-system",
		Sources: []string{policyDoc + "#default-deny-all-egress-traffic", "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/"}},
	{ID: "no-network-policy", Severity: rule.Risk, Title: "A namespace has no NetworkPolicy", Check: noPolicy,
		Why:     "Every pod of the cluster, whoever's it is, may connect to the database: one program that is taken over is enough to reach all others.",
		Advice:  "deny by default, and let in those who need it",
		Sources: []string{policyDoc + "#default-policies"}},
	{ID: "no-egress-policy", Severity: rule.Risk, Title: "The policies of a namespace do not restrict where its pods connect to", Check: noEgressPolicy,
		Why:     "A program that is taken over can fetch its tools, send data away and ask the metadata service of the cloud for credentials.",
		Advice:  "close egress too, and let out DNS and what the programs need",
		Sources: []string{policyDoc + "#default-deny-all-egress-traffic"}},
}
