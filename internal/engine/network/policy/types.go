package policy

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// Pod is one that policies select, as their subject or as a peer.
type Pod struct {
	Namespace string
	Labels    map[string]string
	IP        netip.Addr
	Ports     []NamedPort
}

// NamedPort is a container port that policies can speak of by name.
type NamedPort struct {
	Name     string
	Protocol corev1.Protocol
	Port     uint16
}

// Input is all that decides.
type Input struct {
	Pods       []Pod
	Sources    []Pod                        // only peers of ingress: what stands for pods but is none
	Targets    []Pod                        // the same for egress
	Namespaces map[string]map[string]string // labels
	Policies   []*networkingv1.NetworkPolicy
}

// Verdicts is what a packet filter needs.
type Verdicts struct {
	Ingress map[netip.Addr]string // pod → list that its senders must be in, "" for everybody
	Egress  map[netip.Addr]string // pod → list that its receivers must be in, "" for everybody

	Lists     map[string]*List
	Addresses map[string][]netip.Addr // sets of pods
	Blocks    map[string][]Range      // sets of ranges, disjoint and sorted
	Ports     map[string][]Endpoint   // sets of named ports
}

// List says what is allowed; what is not is refused.
type List struct {
	Direction networkingv1.PolicyType
	Allow     []Allow
}

// Allow lets a connection pass if every condition holds that is set.
type Allow struct {
	Peer     string // the other end is in this set of Addresses
	Block    string // the other end is in this set of Blocks
	Named    string // the receiving end is in this set of Ports
	Protocol corev1.Protocol
	First    uint16 // of the receiver's ports, if Last is not 0
	Last     uint16
}

// Range is a range of addresses, both ends included.
type Range struct{ First, Last netip.Addr }

// Endpoint is a port of a pod.
type Endpoint struct {
	IP       netip.Addr
	Protocol corev1.Protocol
	Port     uint16
}
