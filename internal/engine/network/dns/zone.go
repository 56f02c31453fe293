package dns

import (
	"net/netip"
	"strings"

	mdns "github.com/miekg/dns"
)

// Zone is everything that the server answers for; it is complete in itself and can be kept as JSON.
type Zone struct {
	Domain   string                  `json:"domain"`          // cluster.local
	Listen   netip.AddrPort          `json:"listen"`          // where the server answers
	Hosts    map[string][]netip.Addr `json:"hosts,omitempty"` // full lower-case name without the last dot → addresses
	Aliases  map[string]string       `json:"aliases,omitempty"`
	Services map[string][]SRV        `json:"services,omitempty"`
	Pointers map[netip.Addr]string   `json:"pointers,omitempty"`
	Upstream []string                `json:"upstream,omitempty"` // host:port of the servers for other names
}

// SRV is one port of one endpoint.
type SRV struct {
	Target string `json:"target"`
	Port   uint16 `json:"port"`
}

const ttl = 5 // seconds, as Kubernetes' own: endpoints come and go

// lookup answers a question from the zone. ours is false where the name is nobody's of the cluster.
func (z *Zone) lookup(q mdns.Question) (answers []mdns.RR, found, ours bool) {
	name := strings.TrimSuffix(strings.ToLower(q.Name), ".")
	head := func(t uint16) mdns.RR_Header {
		return mdns.RR_Header{Name: q.Name, Rrtype: t, Class: mdns.ClassINET, Ttl: ttl}
	}
	if rest, ok := strings.CutSuffix(name, ".in-addr.arpa"); ok {
		if ptr, ok := z.Pointers[reversed(rest)]; ok {
			return []mdns.RR{&mdns.PTR{Hdr: head(mdns.TypePTR), Ptr: ptr + "."}}, true, true
		}
		return nil, false, false
	}
	if name != z.Domain && !strings.HasSuffix(name, "."+z.Domain) {
		return nil, false, false
	}
	addrs, isHost := z.Hosts[name]
	alias, isAlias := z.Aliases[name]
	ports, isService := z.Services[name]
	switch {
	case isAlias:
		answers = append(answers, &mdns.CNAME{Hdr: head(mdns.TypeCNAME), Target: alias + "."})
	case q.Qtype == mdns.TypeA || q.Qtype == mdns.TypeANY:
		for _, a := range addrs {
			answers = append(answers, &mdns.A{Hdr: head(mdns.TypeA), A: a.AsSlice()})
		}
	case q.Qtype == mdns.TypeSRV:
		for _, p := range ports {
			answers = append(answers, &mdns.SRV{Hdr: head(mdns.TypeSRV), Priority: 0, Weight: 100, Port: p.Port, Target: p.Target + "."})
		}
	}
	return answers, isHost || isAlias || isService || name == z.Domain || z.above(name), true
}

// above tells whether a name is empty itself but has names below it, which is not the same as not being there.
func (z *Zone) above(name string) bool {
	suffix := "." + name
	for n := range z.Hosts {
		if strings.HasSuffix(n, suffix) {
			return true
		}
	}
	return false
}

func reversed(rest string) netip.Addr {
	parts := strings.Split(rest, ".")
	if len(parts) != 4 {
		return netip.Addr{}
	}
	addr, _ := netip.ParseAddr(parts[3] + "." + parts[2] + "." + parts[1] + "." + parts[0])
	return addr
}
