package reach_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/audit/rules/reach"
	"github.com/slipway-sh/slipway/internal/objects"
)

func pod(ns, app string) *objects.Object {
	return objects.New(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: app, Namespace: ns, Labels: map[string]string{"app": app}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: app, Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}}}}}}, objects.Origin{})
}

func sel(kv ...string) *metav1.LabelSelector {
	s := &metav1.LabelSelector{MatchLabels: map[string]string{}}
	for i := 0; i < len(kv); i += 2 {
		s.MatchLabels[kv[i]] = kv[i+1]
	}
	return s
}

func policy(name string, spec networkingv1.NetworkPolicySpec) *objects.Object {
	return objects.New(&networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop"}, Spec: spec}, objects.Origin{})
}

func in(peers ...networkingv1.NetworkPolicyPeer) networkingv1.NetworkPolicySpec {
	return networkingv1.NetworkPolicySpec{PodSelector: *sel("app", "api"), Ingress: []networkingv1.NetworkPolicyIngressRule{{From: peers}}}
}

func onPort(port intstr.IntOrString) networkingv1.NetworkPolicySpec {
	s := in()
	s.Ingress[0].Ports = []networkingv1.NetworkPolicyPort{{Port: &port}}
	return s
}

func TestWhoEnters(t *testing.T) {
	closed := policy("closed", networkingv1.NetworkPolicySpec{})
	block := func(cidr string) networkingv1.NetworkPolicyPeer {
		return networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: cidr}}
	}
	pods := func(app string) networkingv1.NetworkPolicyPeer {
		return networkingv1.NetworkPolicyPeer{PodSelector: sel("app", app)}
	}
	space := func(kv ...string) networkingv1.NetworkPolicyPeer {
		return networkingv1.NetworkPolicyPeer{NamespaceSelector: sel(kv...)}
	}
	web, stranger := reach.Source{Namespace: "shop", Labels: map[string]string{"app": "web"}}, reach.Source{Namespace: "other", Labels: map[string]string{"app": "web"}}
	elsewhere, outside := reach.Source{Elsewhere: true}, reach.Source{Outside: true}
	for _, c := range []struct {
		promise  string
		policies []*objects.Object
		from     reach.Source
		port     int32
		want     bool
	}{
		{"a pod without policies is open", nil, stranger, 8080, true},
		{"one that a policy chooses is closed", []*objects.Object{closed}, web, 8080, false},
		{"what one policy allows no other takes away", []*objects.Object{closed, policy("a", in(pods("web")))}, web, 8080, true},
		{"a selector of pods is for its own namespace", []*objects.Object{policy("a", in(pods("web")))}, stranger, 8080, false},
		{"and for all namespaces with an empty selector of them", []*objects.Object{policy("a", in(networkingv1.NetworkPolicyPeer{NamespaceSelector: sel(), PodSelector: sel("app", "web")}))}, stranger, 8080, true},
		{"both selectors of a peer must hold", []*objects.Object{policy("a", in(networkingv1.NetworkPolicyPeer{NamespaceSelector: sel(), PodSelector: sel("app", "db")}))}, stranger, 8080, false},
		{"a rule without peers is for all", []*objects.Object{policy("a", in())}, outside, 8080, true},
		{"another port is closed", []*objects.Object{policy("a", onPort(intstr.FromInt32(9090)))}, web, 8080, false},
		{"a port may be named", []*objects.Object{policy("a", onPort(intstr.FromString("http")))}, web, 8080, true},
		{"every namespace has its name as a label", []*objects.Object{policy("a", in(space(corev1.LabelMetadataName, "kube-system")))}, reach.Source{Namespace: "kube-system"}, 8080, true},
		{"a namespace without the label is shut out", []*objects.Object{policy("a", in(space("team", "ops")))}, reach.Source{Namespace: "kube-system"}, 8080, false},
		{"of an unknown namespace nothing is certain", []*objects.Object{policy("a", in(space("team", "ops")))}, stranger, 8080, true},
		{"but its name is", []*objects.Object{policy("a", in(space(corev1.LabelMetadataName, "ops")))}, stranger, 8080, false},
		{"a controller of an unknown namespace may be meant by any selector of namespaces", []*objects.Object{policy("a", in(space("team", "ops")))}, elsewhere, 8080, true},
		{"but not by that of the own one", []*objects.Object{policy("a", in(space(corev1.LabelMetadataName, "shop")))}, elsewhere, 8080, false},
		{"nor by one of pods", []*objects.Object{policy("a", in(pods("web")))}, elsewhere, 8080, false},
		{"clients of a load balancer are of no namespace", []*objects.Object{policy("a", in(space()))}, outside, 8080, false},
		{"they have addresses", []*objects.Object{policy("a", in(block("0.0.0.0/0")))}, outside, 8080, true},
		{"pods have no public ones", []*objects.Object{policy("a", in(block("203.0.113.0/24")))}, web, 8080, false},
	} {
		t.Run(c.promise, func(t *testing.T) {
			api := pod("shop", "api")
			g := objects.NewGraph(&objects.Application{Objects: append([]*objects.Object{api}, c.policies...)})
			if got := reach.New(g).Enters(c.from, g.Workload(api), c.port, corev1.ProtocolTCP); got != c.want {
				t.Errorf("enters: %t", got)
			}
		})
	}
}

func TestWhoLeaves(t *testing.T) {
	udp, dns := corev1.ProtocolUDP, intstr.FromInt32(53)
	egress := []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}
	toDB := networkingv1.NetworkPolicyEgressRule{To: []networkingv1.NetworkPolicyPeer{{PodSelector: sel("app", "db")}}}
	toDNS := networkingv1.NetworkPolicyEgressRule{Ports: []networkingv1.NetworkPolicyPort{{Protocol: &udp, Port: &dns}}}
	for _, c := range []struct {
		promise        string
		spec           networkingv1.NetworkPolicySpec
		leaves, solves bool
	}{
		{"a policy for ingress leaves the way out open", networkingv1.NetworkPolicySpec{}, true, true},
		{"a policy for egress closes it", networkingv1.NetworkPolicySpec{PolicyTypes: egress}, false, false},
		{"a way to the database is none to DNS", networkingv1.NetworkPolicySpec{PolicyTypes: egress, Egress: []networkingv1.NetworkPolicyEgressRule{toDB}}, true, false},
		{"rules for egress close it without a type", networkingv1.NetworkPolicySpec{Egress: []networkingv1.NetworkPolicyEgressRule{toDNS}}, false, true},
		{"both", networkingv1.NetworkPolicySpec{PolicyTypes: egress, Egress: []networkingv1.NetworkPolicyEgressRule{toDB, toDNS}}, true, true},
	} {
		t.Run(c.promise, func(t *testing.T) {
			api, db := pod("shop", "api"), pod("shop", "db")
			c.spec.PodSelector = *sel("app", "api")
			g := objects.NewGraph(&objects.Application{Objects: []*objects.Object{api, db, policy("a", c.spec)}})
			p := reach.New(g)
			if got := p.Leaves(g.Workload(api), g.Workload(db), 5432, corev1.ProtocolTCP); got != c.leaves {
				t.Errorf("leaves: %t", got)
			}
			if got := p.Resolves(g.Workload(api)); got != c.solves {
				t.Errorf("resolves: %t", got)
			}
		})
	}
}
