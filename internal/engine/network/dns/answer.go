package dns

import (
	"math/rand/v2"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

const (
	ttl        = 5 // seconds: a client that keeps an answer keeps sending to where a pod was
	maxAliases = 8
)

// answer fills in the reply to a question about the cluster; false says that it is about something else. follow is a
// name outside to which an alias leads, and which is still to be asked.
func (x *index) answer(r *dns.Msg, q dns.Question) (follow string, ours bool) {
	if ip, ok := reverse(q.Name); ok {
		name, known := x.Pointers[ip]
		if known {
			r.Authoritative = true
			if q.Qtype == dns.TypePTR || q.Qtype == dns.TypeANY {
				r.Answer = append(r.Answer, &dns.PTR{Hdr: header(q.Name, dns.TypePTR), Ptr: dns.Fqdn(name)})
			}
		}
		return "", known
	}
	owner, name := q.Name, plain(q.Name)
	if !x.ours(name) {
		return "", false
	}
	r.Authoritative = true
	for range maxAliases {
		target, alias := x.Aliases[name]
		if !alias {
			x.records(r, q.Qtype, owner, name)
			break
		}
		owner, name = dns.Fqdn(target), plain(target)
		r.Answer = append(r.Answer, &dns.CNAME{Hdr: header(dns.Fqdn(ownerOf(r, q)), dns.TypeCNAME), Target: owner})
		if q.Qtype == dns.TypeCNAME {
			break
		}
		if !x.ours(name) {
			return owner, true
		}
	}
	if len(r.Answer) == 0 {
		r.Ns = append(r.Ns, x.soa())
	}
	return "", true
}

// ownerOf is the name that the next record of a chain of aliases belongs to.
func ownerOf(r *dns.Msg, q dns.Question) string {
	if n := len(r.Answer); n > 0 {
		return r.Answer[n-1].(*dns.CNAME).Target
	}
	return q.Name
}

// records adds what a name has of a type. A name with other records, or with names below it, exists.
func (x *index) records(r *dns.Msg, qtype uint16, owner, name string) {
	wants := func(t uint16) bool { return qtype == t || qtype == dns.TypeANY }
	addrs, known := x.Hosts[name], x.exists[name]
	if ip, ok := x.podAddress(name); ok {
		addrs, known = []netip.Addr{ip}, true
	}
	if wants(dns.TypeA) {
		for _, i := range rand.Perm(len(addrs)) {
			r.Answer = append(r.Answer, &dns.A{Hdr: header(owner, dns.TypeA), A: addrs[i].AsSlice()})
		}
	}
	if wants(dns.TypeSRV) {
		x.services(r, owner, name)
	}
	switch {
	case name == "dns-version."+x.Domain && wants(dns.TypeTXT):
		r.Answer = append(r.Answer, &dns.TXT{Hdr: header(owner, dns.TypeTXT), Txt: []string{"1.1.0"}})
	case name == x.Domain && wants(dns.TypeSOA):
		r.Answer = append(r.Answer, x.soa())
	case !known:
		r.Rcode = dns.RcodeNameError
	}
}

// services adds the ports of a name, and the addresses of who serves them so that nobody has to ask again.
func (x *index) services(r *dns.Msg, owner, name string) {
	seen := map[string]bool{}
	for _, s := range x.Services[name] {
		target := dns.Fqdn(s.Target)
		r.Answer = append(r.Answer, &dns.SRV{Hdr: header(owner, dns.TypeSRV), Weight: 100, Port: s.Port, Target: target})
		if seen[target] {
			continue
		}
		seen[target] = true
		for _, ip := range x.Hosts[s.Target] {
			r.Extra = append(r.Extra, &dns.A{Hdr: header(target, dns.TypeA), A: ip.AsSlice()})
		}
	}
}

func plain(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".") }

func header(name string, t uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: t, Class: dns.ClassINET, Ttl: ttl}
}

func (x *index) soa() dns.RR {
	return &dns.SOA{Hdr: header(x.Domain+".", dns.TypeSOA), Ns: "ns.dns." + x.Domain + ".", Mbox: "hostmaster." + x.Domain + ".",
		Serial: 1, Refresh: 7200, Retry: 1800, Expire: 86400, Minttl: ttl}
}

// reverse reads the name of an address: 5.0.221.10.in-addr.arpa.
func reverse(name string) (netip.Addr, bool) {
	text, ok := strings.CutSuffix(plain(name), ".in-addr.arpa")
	w := strings.Split(text, ".")
	if !ok || len(w) != 4 {
		return netip.Addr{}, false
	}
	ip, err := netip.ParseAddr(w[3] + "." + w[2] + "." + w[1] + "." + w[0])
	return ip, err == nil
}
