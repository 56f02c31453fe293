package dns

import (
	"net/netip"
	"strings"
)

// Zone is a snapshot of everything that the server answers for; it is complete in itself and can be kept as JSON.
// Names are whole, in lower case and without the last dot.
type Zone struct {
	Domain   string                  `json:"domain"`             // cluster.local
	Listen   netip.AddrPort          `json:"listen"`             // where the server answers
	Hosts    map[string][]netip.Addr `json:"hosts,omitempty"`    // A
	Aliases  map[string]string       `json:"aliases,omitempty"`  // CNAME
	Services map[string][]SRV        `json:"services,omitempty"` // SRV
	Pointers map[netip.Addr]string   `json:"pointers,omitempty"` // PTR
	Upstream []string                `json:"upstream,omitempty"` // host:port, instead of the servers of the host's resolv.conf
}

// SRV is one port of one endpoint.
type SRV struct {
	Target string `json:"target"`
	Port   uint16 `json:"port"`
}

// index is a zone made ready to be asked.
type index struct {
	Zone
	exists map[string]bool // names with records, and those above them
}

func newIndex(z Zone) *index {
	x := &index{Zone: z, exists: map[string]bool{z.Domain: true, "dns-version." + z.Domain: true}}
	add := func(name string) {
		for x.ours(name) && !x.exists[name] {
			x.exists[name] = true
			_, name, _ = strings.Cut(name, ".")
		}
	}
	for name := range z.Hosts {
		add(name)
	}
	for name := range z.Aliases {
		add(name)
	}
	for name := range z.Services {
		add(name)
	}
	return x
}

// ours tells whether a name is of the zone's domain.
func (x *index) ours(name string) bool {
	return name == x.Domain || strings.HasSuffix(name, "."+x.Domain)
}

// podAddress reads the names that every address has: 10-221-0-5.NAMESPACE.pod.DOMAIN.
func (x *index) podAddress(name string) (netip.Addr, bool) {
	w := strings.Split(strings.TrimSuffix(name, "."+x.Domain), ".")
	if len(w) != 3 || w[2] != "pod" {
		return netip.Addr{}, false
	}
	ip, err := netip.ParseAddr(strings.ReplaceAll(w[0], "-", "."))
	return ip, err == nil && ip.Is4()
}
