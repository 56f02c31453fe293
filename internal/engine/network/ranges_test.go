package network

import (
	"net/netip"
	"testing"
)

func TestRangesOfEnginesBesideEachOtherDoNotMeet(t *testing.T) {
	first, ok := freeRanges(nil, 0)
	if !ok || first.PodCIDR.String() != "10.221.0.0/16" || first.ServiceCIDR.String() != "10.222.0.0/16" {
		t.Errorf("first ranges %v", first)
	}
	second, ok := freeRanges([]netip.Prefix{first.PodCIDR, first.ServiceCIDR}, 0)
	if !ok || second.PodCIDR.Overlaps(first.PodCIDR) || second.ServiceCIDR.Overlaps(first.ServiceCIDR) {
		t.Errorf("second ranges %v", second)
	}
	if other, _ := freeRanges(nil, (&Network{name: "slipway-0a1b2c"}).favourite()); other == first {
		t.Errorf("an engine with a directory of its own begins at %v too", other)
	}
	if _, ok := freeRanges([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, 7); ok {
		t.Error("a range was found where all are used")
	}
}
