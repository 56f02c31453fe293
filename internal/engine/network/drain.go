package network

import (
	"context"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

const (
	look  = 20 * time.Millisecond // between two looks at the kernel's flows
	twice = 2                     // looks that must find nothing: one can miss a flow while others come and go
	quiet = 1                     // seconds without a packet after which a flow counts as quiet
)

// Drain takes a pod out of its Services and returns when no new connection is sent to it and those there are have
// ended or gone quiet, or when ctx ends. From here on the pod counts as terminating, whatever its EndpointSlices
// still say. A pod that is the last endpoint of a Service stays its target while it serves: there is nowhere else to
// send connections, and nothing to wait for.
func (n *Network) Drain(ctx context.Context, pod *corev1.Pod) {
	n.mu.Lock()
	a := n.attached[pod.UID]
	if a == nil {
		n.mu.Unlock()
		return
	}
	n.draining[pod.UID] = true
	n.mu.Unlock()
	n.touch()
	for {
		n.mu.Lock()
		target, changed := n.committed.targets[a.ip], n.changed
		n.mu.Unlock()
		if !target {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
	for seen := 0; seen < twice; seen++ {
		if n.busy(a.ip) {
			seen = -1
		}
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return
		}
	}
}

// busy tells whether anybody but the host itself, whose gateway drains by itself, has a connection to the pod on
// which a packet passed within the last second. The kernel's clock for a flow starts anew at each packet.
func (n *Network) busy(ip netip.Addr) bool {
	flows, err := whole(func() ([]*netlink.ConntrackFlow, error) {
		return netlink.ConntrackTableList(netlink.ConntrackTable, unix.AF_INET)
	})
	if err != nil {
		n.log.Error("network: flows cannot be read", "err", err)
		return false
	}
	own := map[netip.Addr]bool{}
	n.mu.Lock()
	for _, a := range n.own {
		own[a] = true
	}
	n.mu.Unlock()
	full := uint32(establishedTimeout())
	for _, f := range flows {
		if f.Forward.Protocol != unix.IPPROTO_TCP || addr(f.Reverse.SrcIP) != ip || own[addr(f.Forward.SrcIP)] {
			continue
		}
		tcp, ok := f.ProtoInfo.(*netlink.ProtoInfoTCP)
		if !ok {
			continue
		}
		switch tcp.State {
		case tcpSynSent, tcpSynRecv:
			return true
		case tcpEstablished:
			if f.TimeOut+quiet >= full {
				return true
			}
		}
	}
	return false
}

// States of nf_conntrack_tcp.h.
const (
	tcpSynSent     = 1
	tcpSynRecv     = 2
	tcpEstablished = 3
)
