package policy_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/engine/network/policy"
)

// source makes policies from numbers: random ones, or those of the fuzzer.
type source struct{ next func(n int) int }

func pick[T any](s source, from ...T) T { return from[s.next(len(from))] }

func several[T any](s source, most int, one func() T) []T {
	var out []T
	for range s.next(most + 1) {
		out = append(out, one())
	}
	return out
}

func (s source) selector() *metav1.LabelSelector {
	key := pick(s, "pod", "ns", "missing")
	values := pick(s, []string{"a"}, []string{"b", "x"}, []string{"a", "b", "c"})
	switch s.next(6) {
	case 0:
		return &metav1.LabelSelector{}
	case 1:
		return &metav1.LabelSelector{MatchLabels: map[string]string{key: values[0]}}
	case 2:
		return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: pick(s, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist)}}}
	case 3, 4:
		return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: pick(s, metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn), Values: values}}}
	}
	return pick(s, nil, &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a b", Operator: "Like"}}})
}

func (s source) peer() networkingv1.NetworkPolicyPeer {
	if s.next(3) == 0 {
		return networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{
			CIDR: pick(s, "10.221.0.0/16", "0.0.0.0/0", "10.221.0.4/30", "198.51.100.0/24", "::/0", "10.221.0.3/32", "no range", "255.255.255.255/32"),
			Except: several(s, 3, func() string {
				return pick(s, "10.221.0.2/32", "10.221.0.4/31", "10.221.0.0/24", "198.51.100.2/32", "fd00::/8", "128.0.0.0/1", "not this", "0.0.0.0/0")
			})}}
	}
	return networkingv1.NetworkPolicyPeer{PodSelector: s.selector(), NamespaceSelector: pick(s, nil, s.selector())}
}

func (s source) port() networkingv1.NetworkPolicyPort {
	p := networkingv1.NetworkPolicyPort{}
	if s.next(3) > 0 {
		v := pick(s, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP, "")
		p.Protocol = &v
	}
	if s.next(4) > 0 {
		v := pick(s, intstr.FromInt32(80), intstr.FromInt32(81), intstr.FromInt32(1), intstr.FromInt32(-3), intstr.FromInt32(70000), intstr.FromString("serve-80-tcp"), intstr.FromString("serve-80-udp"), intstr.FromString("nothing"))
		p.Port = &v
		if v.Type == intstr.Int && s.next(2) == 0 {
			end := pick(s, int32(80), 81, 65535, 65536, 0)
			p.EndPort = &end
		}
	}
	return p
}

func (s source) policies() []*networkingv1.NetworkPolicy {
	i := 0
	return several(s, 5, func() *networkingv1.NetworkPolicy {
		i++
		p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: pick(s, "x", "y", "z", "nowhere"), Name: fmt.Sprint("p", i)}}
		if sel := s.selector(); sel != nil {
			p.Spec.PodSelector = *sel
		}
		p.Spec.PolicyTypes = pick(s, nil, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}, []networkingv1.PolicyType{networkingv1.PolicyTypeEgress},
			[]networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress})
		p.Spec.Ingress = several(s, 3, func() networkingv1.NetworkPolicyIngressRule {
			return networkingv1.NetworkPolicyIngressRule{From: several(s, 3, s.peer), Ports: several(s, 3, s.port)}
		})
		p.Spec.Egress = several(s, 3, func() networkingv1.NetworkPolicyEgressRule {
			return networkingv1.NetworkPolicyEgressRule{To: several(s, 3, s.peer), Ports: several(s, 3, s.port)}
		})
		return p
	})
}

// agrees compares the compiler with the reference for connections between everybody.
func agrees(t *testing.T, policies []*networkingv1.NetworkPolicy) {
	t.Helper()
	in, addrs := cast()
	in.Policies = policies
	v := policy.Compile(in)
	for from, a := range addrs {
		for to, b := range addrs {
			for _, p := range []struct {
				proto corev1.Protocol
				port  uint16
			}{{corev1.ProtocolTCP, 80}, {corev1.ProtocolTCP, 81}, {corev1.ProtocolUDP, 80}, {corev1.ProtocolUDP, 53}, {corev1.ProtocolSCTP, 65535}} {
				if from == "host" || to == "host" || to == "gateway" || from == "dns" || from == to {
					continue
				}
				want, got := reference(in, a, b, p.proto, p.port), v.Allows(a, b, p.proto, p.port)
				if want != got {
					t.Fatalf("%s to %s at %s %d: compiled says %t, the reference %t\n%s", from, to, p.proto, p.port, got, want, show(policies))
				}
			}
		}
	}
	for name, ranges := range v.Blocks {
		for i, r := range ranges {
			if r.Last.Less(r.First) || i > 0 && !ranges[i-1].Last.Less(r.First) {
				t.Fatalf("%s: ranges %v overlap or are not sorted", name, ranges)
			}
		}
	}
}

func show(policies []*networkingv1.NetworkPolicy) string {
	out := ""
	for _, p := range policies {
		out += p.Namespace + "/" + p.Name + ": " + fmt.Sprintf("%+v\n", p.Spec)
	}
	return out
}

func TestCompiledPoliciesSayWhatTheReferenceSays(t *testing.T) {
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 1))
		agrees(t, source{r.IntN}.policies())
	}
}

func FuzzCompile(f *testing.F) {
	f.Add([]byte{5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		at := 0
		agrees(t, source{func(n int) int {
			if at >= len(data) {
				return 0
			}
			at++
			return int(data[at-1]) % n
		}}.policies())
	})
}
