package network

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/network/dns"
	"github.com/slipway-sh/slipway/internal/engine/network/rules"
	"github.com/slipway-sh/slipway/internal/home"
)

// GatewayMark is the SO_MARK of the connections that the gateway opens to pods. NetworkPolicies judge them as those
// of a pod in namespace kube-system with the labels GatewayLabels.
const GatewayMark = 0x11a7

// Domain is the cluster's domain.
const Domain = "cluster.local"

// Options say what a Network works on. Store and Home are needed, the rest has defaults.
type Options struct {
	Store       *store.Store
	Home        home.Dir
	Name        string               // of our packet filter table, and the beginning of our links' names; one per engine
	PodCIDR     netip.Prefix         // default: the first free of 10.221.0.0/16, 10.223.0.0/16 …
	ServiceCIDR netip.Prefix         // default: the range after PodCIDR
	PublishDNS  func(dns.Zone) error // given every change of the names, by one goroutine; may be nil
	Log         *slog.Logger
}

// Network is the pods' network of one engine. Its methods may be called from any goroutine.
type Network struct {
	store   *store.Store
	home    home.Dir
	log     *slog.Logger
	publish func(dns.Zone) error

	name   string // of the table
	prefix string // of our links' names, at most 7 bytes
	group  uint32 // of our pods' links
	pods   netip.Prefix
	svcs   netip.Prefix
	node   netip.Addr // the host's own address among the pods
	dns    netip.Addr
	mtu    int

	kernel *rules.Kernel
	holds  *holder
	dirty  chan struct{} // holds one token while there may be something to commit
	again  chan struct{} // asks for the names to be published though they have not changed

	nextService netip.Addr // where freeClusterIP goes on; guarded by the store, which admits one write at a time

	mu        sync.Mutex
	attached  map[types.UID]*attachment
	addresses map[netip.Addr]types.UID // "" while a freed address is still being cleared away
	next      netip.Addr
	draining  map[types.UID]bool
	left      []netip.Addr  // addresses whose flows are to be forgotten
	committed *state        // what the kernel judges by
	commits   int           // since the beginning
	changed   chan struct{} // closed at the next commit

	main  netip.Addr   // the host's main address
	own   []netip.Addr // all of the host's
	begun time.Time    // when the last attachment began

	closing    chan struct{} // closed when what waits is not to wait any longer
	closeOnce  sync.Once
	background sync.WaitGroup
}

// New prepares the host, finds what an earlier engine left, and holds the host's ports that Services in the store
// have. Nothing of what runs is disturbed.
func New(o Options) (*Network, error) {
	n := &Network{
		store: o.Store, home: o.Home, log: o.Log, publish: o.PublishDNS, name: o.Name,
		dirty: make(chan struct{}, 1), again: make(chan struct{}, 1), changed: make(chan struct{}),
		attached: map[types.UID]*attachment{}, addresses: map[netip.Addr]types.UID{}, draining: map[types.UID]bool{},
		committed: &state{}, closing: make(chan struct{}),
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	if n.name == "" {
		n.name = defaultName(o.Home)
	}
	if n.prefix = n.name; len(n.prefix) > 7 {
		n.prefix = fmt.Sprintf("sw%05x", hash(n.name)&0xfffff)
	}
	n.group = hash(n.name)&0x7fffffff | 1
	if err := os.MkdirAll(n.namespaces(), 0o700); err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	if err := n.chooseRanges(o.PodCIDR, o.ServiceCIDR); err != nil {
		return nil, err
	}
	if err := n.prepareHost(); err != nil {
		return nil, err
	}
	n.chooseMTU()
	n.readAddresses()
	n.kernel = rules.Open(n.name)
	n.next = n.node
	if err := n.find(); err != nil {
		return nil, err
	}
	n.holds = newHolder(n.dns)
	n.holdPorts()
	n.warnOfFirewalls()
	return n, nil
}

// defaultName lets engines with different directories live on one machine.
func defaultName(h home.Dir) string {
	if h.Root == "/var/lib/slipway" {
		return "slipway"
	}
	return fmt.Sprintf("slipway-%06x", hash(h.Root)&0xffffff)
}

func hash(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	return h.Sum32()
}

// DNS is the address of the pods' nameserver, the ClusterIP of Service kube-system/kube-dns. It is an address of
// this host; who serves names listens there, on port 53.
func (n *Network) DNS() netip.Addr { return n.dns }

// NodeAddress is the host's own address among the pods: connections of the host to pods come from it, and what
// listens on it can be reached by pods.
func (n *Network) NodeAddress() netip.Addr { return n.node }

// PodCIDR and ServiceCIDR are the ranges in use.
func (n *Network) PodCIDR() netip.Prefix { return n.pods }

// ServiceCIDR is the range of the Services' addresses.
func (n *Network) ServiceCIDR() netip.Prefix { return n.svcs }

func (n *Network) namespaces() string { return filepath.Join(n.home.Run, "netns") }

// touch asks for a commit soon.
func (n *Network) touch() {
	select {
	case n.dirty <- struct{}{}:
	default:
	}
}

// Close waits for what goes on in the background and lets go of the host's ports. Everything in the kernel stays.
func (n *Network) Close() {
	n.closeOnce.Do(func() { close(n.closing) })
	n.background.Wait()
	n.holds.close()
}

// Teardown detaches all pods and removes everything of ours from the kernel. Run must have returned.
func (n *Network) Teardown(ctx context.Context) error {
	for _, uid := range n.Attached() {
		if err := n.Detach(ctx, uid); err != nil {
			return err
		}
	}
	n.Close()
	return errors.Join(n.kernel.Remove(), n.clearHost())
}

// hostNetwork tells whether a pod uses the host's network, and so has none of its own.
func hostNetwork(pod *corev1.Pod) bool { return pod.Spec.HostNetwork }
