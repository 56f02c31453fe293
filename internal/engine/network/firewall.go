package network

import (
	"github.com/google/nftables"
)

// warnOfFirewalls says which other tables drop what nobody accepts there. No rule of ours can accept a packet for
// another table, and changing another program's rules is not ours to do.
func (n *Network) warnOfFirewalls() {
	c, err := nftables.New()
	if err != nil {
		return
	}
	chains, err := c.ListChains()
	if err != nil {
		return
	}
	for _, ch := range chains {
		if ch.Policy == nil || *ch.Policy != nftables.ChainPolicyDrop || ch.Hooknum == nil || ch.Table.Family == nftables.TableFamilyIPv6 {
			continue
		}
		what := map[nftables.ChainHook]string{*nftables.ChainHookForward: "to and from pods", *nftables.ChainHookInput: "of pods to this machine and its nameserver"}[*ch.Hooknum]
		if what != "" {
			n.log.Warn("network: another firewall drops packets "+what+" unless it is told to accept them",
				"table", ch.Table.Name, "chain", ch.Name, "pods", n.pods, "services", n.svcs)
		}
	}
}
