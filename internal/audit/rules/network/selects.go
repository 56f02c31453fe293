package network

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/audit/rules/reach"
	"github.com/slipway-sh/slipway/internal/objects"
)

// policySelectsNothing finds policies for pods that are not there. Of a namespace whose pods are not described, nothing
// is known.
func policySelectsNothing(p *rule.Pass) {
	made := known.OperatorsOf(p.Graph)
	for _, o := range p.OfKind("NetworkPolicy") {
		v := reach.Of(o)
		if v == nil || empty(&v.Spec.PodSelector) || len(p.Select(o.Namespace(), &v.Spec.PodSelector)) > 0 || byOperator(made, o.Namespace(), &v.Spec.PodSelector) {
			continue
		}
		like := near(p, o.Namespace(), &v.Spec.PodSelector)
		if len(p.InNamespace(o.Namespace())) == 0 && like == "" {
			continue
		}
		p.Report(o, "spec.podSelector", "selects no pods: no pod template in namespace %s has %s%s", o.Namespace(), said(&v.Spec.PodSelector), like)
	}
}

func empty(sel *metav1.LabelSelector) bool {
	return len(sel.MatchLabels)+len(sel.MatchExpressions) == 0
}

// peerMatchesNothing finds peers of policies that no pod or namespace is.
func peerMatchesNothing(p *rule.Pass) {
	made := known.OperatorsOf(p.Graph)
	for _, o := range p.OfKind("NetworkPolicy") {
		v := reach.Of(o)
		if v == nil {
			continue
		}
		peers(v, func(field string, peer *networkingv1.NetworkPolicyPeer) { judgePeer(p, made, o, field, peer) })
	}
}

func peers(v *networkingv1.NetworkPolicy, visit func(field string, peer *networkingv1.NetworkPolicyPeer)) {
	for i := range v.Spec.Ingress {
		for j := range v.Spec.Ingress[i].From {
			visit(fmt.Sprintf("spec.ingress[%d].from[%d]", i, j), &v.Spec.Ingress[i].From[j])
		}
	}
	for i := range v.Spec.Egress {
		for j := range v.Spec.Egress[i].To {
			visit(fmt.Sprintf("spec.egress[%d].to[%d]", i, j), &v.Spec.Egress[i].To[j])
		}
	}
}

func judgePeer(p *rule.Pass, made *known.Operators, o *objects.Object, field string, peer *networkingv1.NetworkPolicyPeer) {
	space, pods := peer.NamespaceSelector, peer.PodSelector
	if space != nil {
		if named, ok := oldName(p, space); ok {
			p.Report(o, field+".namespaceSelector", "no namespace has the label name=%s: the server gives a namespace the label %s alone", named, corev1.LabelMetadataName).
				Rename(field+".namespaceSelector.matchLabels."+reach.OldName, corev1.LabelMetadataName)
			return
		}
	}
	if pods == nil || empty(pods) {
		return
	}
	if space == nil {
		if len(p.InNamespace(o.Namespace())) > 0 && len(p.Select(o.Namespace(), pods)) == 0 && !byOperator(made, o.Namespace(), pods) {
			p.Report(o, field+".podSelector", "no pod template in namespace %s has %s, and a podSelector alone is for pods of the policy's own namespace%s",
				o.Namespace(), said(pods), near(p, o.Namespace(), pods))
		}
		return
	}
	ns, certain := theNamespace(p, space)
	if certain && len(p.Select(ns, pods)) == 0 && !byOperator(made, ns, pods) {
		p.Report(o, field+".podSelector", "no pod template in namespace %s has %s%s", ns, said(pods), near(p, ns, pods))
	}
}

// oldName finds a selector by the label name of a namespace that certainly does not have it: one of every cluster's, or
// one that is described without.
func oldName(p *rule.Pass, sel *metav1.LabelSelector) (string, bool) {
	named, ok := sel.MatchLabels[reach.OldName]
	if !ok {
		return "", false
	}
	has, here := p.Namespaces()[named]
	if !here || has[reach.OldName] != "" {
		return "", false
	}
	for i, ns := range slices.Sorted(maps.Keys(p.Namespaces())) {
		if i > enough || p.Namespaces()[ns][reach.OldName] == named {
			return "", false
		}
	}
	return named, true
}

// theNamespace is the one namespace that a selector names, if the files describe its pods.
func theNamespace(p *rule.Pass, sel *metav1.LabelSelector) (string, bool) {
	ns := sel.MatchLabels[corev1.LabelMetadataName]
	return ns, ns != "" && !strings.HasPrefix(ns, "kube-") && len(p.InNamespace(ns)) > 0
}
