package policy

import (
	"net/netip"
	"slices"
)

// subtract returns what is left of an IPv4 range without the exceptions, as disjoint sorted ranges. Pods have no
// IPv6, so a range of that is empty.
func subtract(cidr string, except []string) []Range {
	p, err := netip.ParsePrefix(cidr)
	if err != nil || !p.Addr().Is4() {
		return nil
	}
	out := []Range{span(p)}
	for _, text := range except {
		e, err := netip.ParsePrefix(text)
		if err != nil {
			return nil
		}
		if !e.Addr().Is4() {
			continue
		}
		hole := span(e)
		var left []Range
		for _, r := range out {
			if hole.Last.Less(r.First) || r.Last.Less(hole.First) {
				left = append(left, r)
				continue
			}
			if r.First.Less(hole.First) {
				left = append(left, Range{r.First, hole.First.Prev()})
			}
			if hole.Last.Less(r.Last) {
				left = append(left, Range{hole.Last.Next(), r.Last})
			}
		}
		out = left
	}
	slices.SortFunc(out, func(a, b Range) int { return a.First.Compare(b.First) })
	return out
}

// span is the first and last address of a prefix.
func span(p netip.Prefix) Range {
	first := p.Masked().Addr()
	b := first.As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return Range{first, netip.AddrFrom4(b)}
}
