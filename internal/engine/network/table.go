package network

import (
	"net/netip"

	"github.com/google/nftables"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/network/rules"
)

// state is what a committed table means, for those who wait for it.
type state struct {
	targets map[netip.Addr]bool                        // endpoints that new connections are sent to, the last resort apart
	udp     map[netip.AddrPort]map[netip.AddrPort]bool // what UDP flows to a Service's address may lead to
	known   map[types.UID]bool                         // pods that policies are in force for
}

// The names of chains and sets that several files speak of.
const (
	setServices  = "services"  // address, protocol, port → the Service's chain
	setHostPorts = "hostports" // protocol, port of any address of the host → the chain
	setHairpin   = "hairpin"   // pod, pod: connections to itself
	setRefused   = "refused"   // address, protocol, port that lead nowhere
	setClosed    = "closed"    // the same for any address of the host
	setEgress    = "egress"    // pod → what it may send
	setIngress   = "ingress"   // pod → what it may receive
	chainSend    = "from-pod"
	chainReceive = "to-pod"
	chainRefuse  = "refuse"
)

var loopback = netip.MustParsePrefix("127.0.0.0/8")

// table computes the whole table.
func (w *world) table(name string) (*rules.Table, *state) {
	t := rules.NewTable(name)
	st := &state{targets: map[netip.Addr]bool{}, udp: map[netip.AddrPort]map[netip.AddrPort]bool{}, known: map[types.UID]bool{}}
	w.guard(t)
	w.translate(t)
	w.addServices(t, st)
	w.addHostPorts(t)
	w.filter(t)
	w.addPolicies(t, st)
	return t, st
}

// guard drops what pods send with another's address or to the host's loopback, before anything else looks at it.
func (w *world) guard(t *rules.Table) {
	c := t.Base("guard", nftables.ChainTypeFilter, nftables.ChainHookPrerouting, -300)
	c.Add(rules.FromGroup(w.group), rules.Spoofed(), rules.Drop.Part())
	c.Add(rules.FromGroup(w.group), rules.Destination.In(loopback), rules.Drop.Part())
}

// translate sends new connections to Services to an endpoint, and changes the source of the few that need it.
func (w *world) translate(t *rules.Table) {
	t.Map(setServices, rules.Address, rules.Protocol, rules.Port)
	t.Map(setHostPorts, rules.Protocol, rules.Port)
	t.Set(setHairpin, rules.Addresses)
	d := t.Chain("dispatch")
	d.Add(rules.SendKeys(setServices, rules.Address, rules.Protocol, rules.Port))
	d.Add(rules.Destination.In(netip.PrefixFrom(w.dns, 32)), rules.Return.Part())
	d.Add(rules.Destination.In(netip.MustParsePrefix("127.0.0.1/32")), rules.SendKeys(setHostPorts, rules.Protocol, rules.Port))
	d.Add(rules.Destination.In(loopback), rules.Return.Part())
	d.Add(rules.ToHost(), rules.SendKeys(setHostPorts, rules.Protocol, rules.Port))
	t.Base("nat-prerouting", nftables.ChainTypeNAT, nftables.ChainHookPrerouting, -100).Add(rules.Jump("dispatch").Part())
	t.Base("nat-output", nftables.ChainTypeNAT, nftables.ChainHookOutput, -100).Add(rules.Jump("dispatch").Part())

	c := t.Base("nat-postrouting", nftables.ChainTypeNAT, nftables.ChainHookPostrouting, 100)
	c.Add(rules.ToGroup(w.group), rules.InKeys(setHairpin, rules.Addresses), rules.From(w.node))
	c.Add(rules.ToGroup(w.group), rules.Source.In(loopback), rules.From(w.node))
	c.Add(rules.ToGroup(w.group), rules.Mark(GatewayMark), rules.From(w.node))
	c.Add(rules.NotToGroup(w.group), rules.Source.In(w.pods), rules.Destination.NotIn(w.pods), rules.Masquerade())
	for _, m := range w.members {
		t.Sets[setHairpin].Put(rules.Key(m.ip, m.ip))
	}
}

// filter judges what passes the host, comes to it from pods, and goes to pods from the gateway.
func (w *world) filter(t *rules.Table) {
	t.Set(setRefused, rules.Address, rules.Protocol, rules.Port)
	t.Set(setClosed, rules.Protocol, rules.Port)
	refuse := t.Chain(chainRefuse)
	refuse.Add(rules.ProtocolIs(rules.Number(corev1.ProtocolTCP)), rules.Reject(true))
	refuse.Add(rules.Reject(false))
	nobody := func(c *rules.Chain) {
		c.Add(rules.Destination.In(netip.PrefixFrom(w.dns, 32)), rules.Return.Part())
		c.Add(rules.Destination.In(w.svcs), rules.Goto(chainRefuse).Part())
		c.Add(rules.InKeys(setRefused, rules.Address, rules.Protocol, rules.Port), rules.Goto(chainRefuse).Part())
	}
	nobody(t.Chain("nobody"))

	c := t.Base("forward", nftables.ChainTypeFilter, nftables.ChainHookForward, 0)
	c.Add(rules.Established(), rules.Accept.Part())
	c.Add(rules.FromGroup(w.group), rules.Invalid(), rules.Drop.Part())
	c.Add(rules.ToGroup(w.group), rules.Invalid(), rules.Drop.Part())
	c.Add(rules.Jump("nobody").Part())
	c.Add(rules.InKeys(setHairpin, rules.Addresses), rules.Accept.Part())
	c.Add(rules.FromGroup(w.group), rules.Jump(chainSend).Part())
	c.Add(rules.ToGroup(w.group), rules.Jump(chainReceive).Part())

	c = t.Base("input", nftables.ChainTypeFilter, nftables.ChainHookInput, 0)
	c.Add(rules.Established(), rules.Accept.Part())
	c.Add(rules.FromGroup(w.group), rules.Jump(chainSend).Part())
	c.Add(rules.Jump("nobody").Part())
	c.Add(rules.Destination.In(netip.PrefixFrom(w.dns, 32)), rules.Accept.Part())
	c.Add(rules.ToHost(), rules.InKeys(setClosed, rules.Protocol, rules.Port), rules.Goto(chainRefuse).Part())

	c = t.Base("output", nftables.ChainTypeFilter, nftables.ChainHookOutput, 0)
	c.Add(rules.Established(), rules.Accept.Part())
	c.Add(rules.Jump("nobody").Part())

	// The gateway's connections are judged last of all, when they have the address that pods see.
	c = t.Base("gateway", nftables.ChainTypeFilter, nftables.ChainHookPostrouting, 110)
	c.Add(rules.Established(), rules.Accept.Part())
	c.Add(rules.Mark(GatewayMark), rules.ToGroup(w.group), rules.Jump(chainReceive).Part())
}
