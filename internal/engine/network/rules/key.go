package rules

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

// Field is one part of a set's key, in the order of the packet's headers.
type Field int

// The fields a key can have.
const (
	Address   Field = iota // IPv4, source or destination as the rule says
	Protocol               // TCP, UDP, SCTP
	Port                   // destination
	Addresses              // source and destination address
)

func (f Field) types() []nftables.SetDatatype {
	switch f {
	case Protocol:
		return []nftables.SetDatatype{nftables.TypeInetProto}
	case Port:
		return []nftables.SetDatatype{nftables.TypeInetService}
	case Addresses:
		return []nftables.SetDatatype{nftables.TypeIPAddr, nftables.TypeIPAddr}
	}
	return []nftables.SetDatatype{nftables.TypeIPAddr}
}

// Number is the IANA number of a Kubernetes protocol; TCP for none, as in Kubernetes.
func Number(p corev1.Protocol) byte {
	switch p {
	case corev1.ProtocolUDP:
		return unix.IPPROTO_UDP
	case corev1.ProtocolSCTP:
		return unix.IPPROTO_SCTP
	}
	return unix.IPPROTO_TCP
}

// Name is a protocol in lower case.
func Name(p corev1.Protocol) string { return protocolName(Number(p)) }

func protocolName(n byte) string {
	switch n {
	case unix.IPPROTO_UDP:
		return "udp"
	case unix.IPPROTO_SCTP:
		return "sctp"
	}
	return "tcp"
}

// Key writes a key: a netip.Addr, a corev1.Protocol, or a port (uint16) for each field. Each takes whole 32-bit
// registers, as the kernel wants them.
func Key(parts ...any) string {
	var b []byte
	for _, p := range parts {
		switch v := p.(type) {
		case netip.Addr:
			a := v.As4()
			b = append(b, a[:]...)
		case corev1.Protocol:
			b = append(b, Number(v), 0, 0, 0)
		case uint16:
			b = append(binary.BigEndian.AppendUint16(b, v), 0, 0)
		default:
			panic(fmt.Sprintf("rules: %T in a key", p))
		}
	}
	return string(b)
}

func (s *Set) show(key string) string {
	var out []string
	rest := []byte(key)
	next := func() (w [4]byte) { copy(w[:], rest); rest = rest[4:]; return }
	for _, f := range s.Key {
		w := next()
		switch f {
		case Protocol:
			out = append(out, protocolName(w[0]))
		case Port:
			out = append(out, fmt.Sprint(binary.BigEndian.Uint16(w[:2])))
		case Addresses:
			out = append(out, netip.AddrFrom4(w).String(), netip.AddrFrom4(next()).String())
		default:
			out = append(out, netip.AddrFrom4(w).String())
		}
	}
	text := strings.Join(out, " . ")
	e := s.Elements[key]
	switch {
	case s.Verdicts:
		text += " : " + e.Verdict.String()
	case s.Interval && e.End == "":
		text += "-"
	case s.Interval:
		text += "-" + netip.AddrFrom4([4]byte([]byte(e.End))).Prev().String()
	}
	return text
}

// Put adds keys to a set.
func (s *Set) Put(keys ...string) {
	for _, k := range keys {
		s.Elements[k] = Element{}
	}
}

// PutRange adds the addresses of a prefix to a set of ranges. Ranges of one set must not overlap.
func (s *Set) PutRange(first, last netip.Addr) {
	s.Interval = true
	e := Element{}
	if end := last.Next(); end.IsValid() {
		e.End = Key(end)
	}
	s.Elements[Key(first)] = e
}

// Send adds a key and its verdict to a map.
func (s *Set) Send(key string, v Verdict) { s.Elements[key] = Element{Verdict: v} }
