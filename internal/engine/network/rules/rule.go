package rules

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Part is one condition or action of a rule: what it says, and the same for the kernel.
type Part struct {
	Text  string
	exprs []expr.Any
}

// Rule is a list of conditions and what to do when all hold.
type Rule struct {
	Text  string
	exprs []expr.Any
}

// NewRule joins parts.
func NewRule(parts ...Part) Rule {
	var r Rule
	words := make([]string, len(parts))
	for i, p := range parts {
		words[i] = p.Text
		r.exprs = append(r.exprs, p.exprs...)
	}
	r.Text = strings.Join(words, " ")
	return r
}

// The registers that a rule works in, 32 bits each, from unix.NFT_REG32_00.
const (
	reg0 = unix.NFT_REG32_00
	reg1 = reg0 + 1
)

func equal(load expr.Any, data []byte) []expr.Any {
	return []expr.Any{load, &expr.Cmp{Op: expr.CmpOpEq, Register: reg0, Data: data}}
}

func word(v uint32) []byte { return binaryutil.NativeEndian.PutUint32(v) }

// FromGroup holds for packets that came in by a link of the group.
func FromGroup(g uint32) Part {
	return Part{fmt.Sprintf("iifgroup %d", g), equal(&expr.Meta{Key: expr.MetaKeyIIFGROUP, Register: reg0}, word(g))}
}

// ToGroup holds for packets that go out by a link of the group.
func ToGroup(g uint32) Part {
	return Part{fmt.Sprintf("oifgroup %d", g), equal(&expr.Meta{Key: expr.MetaKeyOIFGROUP, Register: reg0}, word(g))}
}

// NotToGroup is the opposite of ToGroup.
func NotToGroup(g uint32) Part {
	return Part{fmt.Sprintf("oifgroup != %d", g), []expr.Any{
		&expr.Meta{Key: expr.MetaKeyOIFGROUP, Register: reg0},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: reg0, Data: word(g)}}}
}

// Mark holds for packets of sockets with that SO_MARK.
func Mark(m uint32) Part {
	return Part{fmt.Sprintf("mark %#x", m), equal(&expr.Meta{Key: expr.MetaKeyMARK, Register: reg0}, word(m))}
}

func state(text string, bits uint32) Part {
	return Part{"ct state " + text, []expr.Any{
		&expr.Ct{Key: expr.CtKeySTATE, Register: reg0},
		&expr.Bitwise{SourceRegister: reg0, DestRegister: reg0, Len: 4, Mask: word(bits), Xor: word(0)},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: reg0, Data: word(0)}}}
}

// Established holds for packets of flows that were let through before, Invalid for those that belong to no flow.
func Established() Part {
	return state("established,related", expr.CtStateBitESTABLISHED|expr.CtStateBitRELATED)
}

// Invalid holds for packets that belong to no flow and begin none.
func Invalid() Part { return state("invalid", expr.CtStateBitINVALID) }

// ProtocolIs holds for packets of a protocol, by the number that IANA gave it.
func ProtocolIs(n byte) Part {
	return Part{"meta l4proto " + protocolName(n), equal(&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: reg0}, []byte{n})}
}

// PortIn holds for destination ports from first to last.
func PortIn(first, last uint16) Part {
	return Part{fmt.Sprintf("dport %d-%d", first, last), []expr.Any{
		&expr.Payload{DestRegister: reg0, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
		&expr.Range{Op: expr.CmpOpEq, Register: reg0, FromData: binaryutil.BigEndian.PutUint16(first), ToData: binaryutil.BigEndian.PutUint16(last)}}}
}

// Side is one end of a packet.
type Side uint32

// The sides, by the offset of their address in the IPv4 header.
const (
	Source      Side = 12
	Destination Side = 16
)

func (s Side) String() string {
	if s == Source {
		return "saddr"
	}
	return "daddr"
}

func (s Side) load(reg uint32) expr.Any {
	return &expr.Payload{DestRegister: reg, Base: expr.PayloadBaseNetworkHeader, Offset: uint32(s), Len: 4}
}

// In holds for packets whose address is in the prefix, NotIn for the others.
func (s Side) In(p netip.Prefix) Part { return s.prefix(p, expr.CmpOpEq, "") }

// NotIn is the opposite of In.
func (s Side) NotIn(p netip.Prefix) Part { return s.prefix(p, expr.CmpOpNeq, "!= ") }

func (s Side) prefix(p netip.Prefix, op expr.CmpOp, text string) Part {
	p = p.Masked()
	a := p.Addr().As4()
	e := []expr.Any{s.load(reg0)}
	if p.Bits() < 32 {
		mask := binaryutil.BigEndian.PutUint32(^uint32(0) << (32 - p.Bits()))
		e = append(e, &expr.Bitwise{SourceRegister: reg0, DestRegister: reg0, Len: 4, Mask: mask, Xor: make([]byte, 4)})
	}
	e = append(e, &expr.Cmp{Op: op, Register: reg0, Data: a[:]})
	return Part{fmt.Sprintf("%s %s%s", s, text, p), e}
}

// InSet holds for packets whose address is in a set.
func (s Side) InSet(set string) Part {
	return Part{fmt.Sprintf("%s @%s", s, set), []expr.Any{s.load(reg0), &expr.Lookup{SourceRegister: reg0, SetName: set}}}
}

// Send looks up the address in a map and does what it says; the rule is passed by if it is not there.
func (s Side) Send(set string) Part {
	return Part{fmt.Sprintf("%s vmap @%s", s, set), []expr.Any{
		s.load(reg0), &expr.Lookup{SourceRegister: reg0, DestRegister: unix.NFT_REG_VERDICT, IsDestRegSet: true, SetName: set}}}
}

// Remember adds the source address to a set whose elements the kernel forgets after a time.
func Remember(set string, timeout time.Duration) Part {
	return Part{fmt.Sprintf("update @%s { saddr timeout %s }", set, timeout), []expr.Any{
		Source.load(reg0), &expr.Dynset{SrcRegKey: reg0, SetName: set, Operation: uint32(unix.NFT_DYNSET_OP_UPDATE), Timeout: timeout}}}
}

func loadKey(fields []Field) ([]expr.Any, string) {
	var e []expr.Any
	var words []string
	reg := uint32(reg0)
	for _, f := range fields {
		switch f {
		case Address:
			e, words = append(e, Destination.load(reg)), append(words, "daddr")
		case Protocol:
			e, words = append(e, &expr.Meta{Key: expr.MetaKeyL4PROTO, Register: reg}), append(words, "l4proto")
		case Port:
			e, words = append(e, &expr.Payload{DestRegister: reg, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2}), append(words, "dport")
		case Addresses:
			e, words = append(e, Source.load(reg), Destination.load(reg+1)), append(words, "saddr", "daddr")
			reg++
		}
		reg++
	}
	return e, strings.Join(words, " . ")
}

// InKeys holds for packets whose fields (of the destination) are in a set.
func InKeys(set string, fields ...Field) Part {
	e, text := loadKey(fields)
	return Part{text + " @" + set, append(e, &expr.Lookup{SourceRegister: reg0, SetName: set})}
}

// SendKeys looks up fields of the packet in a map and does what it says.
func SendKeys(set string, fields ...Field) Part {
	e, text := loadKey(fields)
	return Part{text + " vmap @" + set, append(e, &expr.Lookup{SourceRegister: reg0, DestRegister: unix.NFT_REG_VERDICT, IsDestRegSet: true, SetName: set})}
}

// ToHost holds for packets addressed to the host itself.
func ToHost() Part {
	return Part{"fib daddr type local", equal(&expr.Fib{Register: reg0, FlagDADDR: true, ResultADDRTYPE: true}, word(unix.RTN_LOCAL))}
}

// Spoofed holds for packets whose source is not reached by the link that they came by.
func Spoofed() Part {
	return Part{"fib saddr . iif oif missing", equal(&expr.Fib{Register: reg0, FlagSADDR: true, FlagIIF: true, ResultOIF: true}, word(0))}
}

// Reject answers that nobody listens: with a reset for TCP if reset is true, else with an ICMP message.
func Reject(reset bool) Part {
	if reset {
		return Part{"reject with tcp reset", []expr.Any{&expr.Reject{Type: unix.NFT_REJECT_TCP_RST}}}
	}
	return Part{"reject", []expr.Any{&expr.Reject{Type: unix.NFT_REJECT_ICMP_UNREACH, Code: 3}}}
}

// Masquerade gives the flow the address of the link that it leaves by.
func Masquerade() Part { return Part{"masquerade", []expr.Any{&expr.Masq{}}} }

// From gives the flow another source address.
func From(a netip.Addr) Part {
	v := a.As4()
	return Part{"snat to " + a.String(), []expr.Any{
		&expr.Immediate{Register: reg0, Data: v[:]},
		&expr.NAT{Type: expr.NATTypeSourceNAT, Family: unix.NFPROTO_IPV4, RegAddrMin: reg0}}}
}

var dnat = &expr.NAT{Type: expr.NATTypeDestNAT, Family: unix.NFPROTO_IPV4, RegAddrMin: reg0, RegProtoMin: reg1, Specified: true}

// MostTargets is how many targets one rule can choose from: what fits into one message to the kernel.
const MostTargets = 1000

// To sends the flow to one of the targets, each as likely as any other. At most MostTargets.
func To(targets ...netip.AddrPort) Part {
	texts := make([]string, len(targets))
	for i, t := range targets {
		texts[i] = t.String()
	}
	p := Part{Text: "dnat to " + strings.Join(texts, ", ")}
	if len(targets) == 1 {
		a := targets[0].Addr().As4()
		p.exprs = []expr.Any{
			&expr.Immediate{Register: reg0, Data: a[:]},
			&expr.Immediate{Register: reg1, Data: binaryutil.BigEndian.PutUint16(targets[0].Port())}, dnat}
		return p
	}
	m := &choice{data: nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeInetService)}
	for _, t := range targets {
		m.elements = append(m.elements, nftables.SetElement{Val: []byte(Key(t.Addr(), t.Port()))})
	}
	p.exprs = []expr.Any{m, dnat}
	return p
}

// GotoOne goes on in one of the chains, each as likely as any other.
func GotoOne(chains ...string) Part {
	m := &choice{data: nftables.TypeVerdict, verdict: true}
	for _, c := range chains {
		m.elements = append(m.elements, nftables.SetElement{VerdictData: &expr.Verdict{Kind: expr.VerdictGoto, Chain: c}})
	}
	return Part{"goto one of " + strings.Join(chains, ", "), []expr.Any{m}}
}

// choice picks one of its elements at random; it becomes a map without a name when the rule is sent.
type choice struct {
	expr.Any
	data     nftables.SetDatatype
	verdict  bool
	elements []nftables.SetElement
}
