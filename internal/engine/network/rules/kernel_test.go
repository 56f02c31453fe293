package rules

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/google/nftables"
	"github.com/vishvananda/netns"
	corev1 "k8s.io/api/core/v1"
)

// ownNamespace gives the test a packet filter of its own.
func ownNamespace(t *testing.T) {
	t.Helper()
	runtime.LockOSThread() // never unlocked: the thread ends with the test
	before, err := netns.Get()
	if err != nil {
		t.Fatal(err)
	}
	ns, err := netns.New()
	if err != nil {
		t.Fatalf("a network namespace: %v; run as root", err)
	}
	t.Cleanup(func() { _ = netns.Set(before); _ = ns.Close(); _ = before.Close() })
}

// randomTable makes a table in which everything refers to something else.
func randomTable(r *rand.Rand) *Table {
	t := NewTable("test")
	base := t.Base("base", nftables.ChainTypeNAT, nftables.ChainHookPrerouting, -100)
	m := t.Map("map", Address, Protocol, Port)
	base.Add(SendKeys("map", Address, Protocol, Port))
	for i := range 6 {
		if r.IntN(2) == 0 {
			continue
		}
		name := fmt.Sprint("chain", i)
		c := t.Chain(name)
		m.Send(Key(netip.AddrFrom4([4]byte{10, 0, 0, byte(r.IntN(3))}), corev1.ProtocolTCP, uint16(80+r.IntN(3))), Goto(name))
		if r.IntN(2) == 0 {
			set := fmt.Sprint("set", i)
			t.Set(set, Address).Put(Key(netip.AddrFrom4([4]byte{10, 0, 1, byte(r.IntN(9))})))
			c.Add(Source.InSet(set), Return.Part())
		}
		if r.IntN(2) == 0 {
			set := fmt.Sprint("block", i)
			t.Set(set, Address).PutRange(netip.MustParseAddr("10.0.0.0"), netip.MustParseAddr([]string{"10.0.0.9", "255.255.255.255"}[r.IntN(2)]))
			t.Sets[set].Interval = true
			name2 := fmt.Sprint(set, t.Sets[set].show(Key(netip.MustParseAddr("10.0.0.0"))))
			t.Sets[name2] = t.Sets[set]
			delete(t.Sets, set)
			c.Add(Source.InSet(name2), Return.Part())
		}
		if r.IntN(3) == 0 {
			set := fmt.Sprint("clients", i)
			t.Set(set, Address).Timeout = time.Minute
			c.Add(Source.InSet(set), Return.Part())
			c.Add(Remember(set, time.Minute))
		}
		var to []netip.AddrPort
		for range 1 + r.IntN(3) {
			to = append(to, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, 9, byte(r.IntN(200))}), 8080))
		}
		c.Add(To(to...))
	}
	return t
}

func TestAnyTableFollowsAnyOther(t *testing.T) {
	ownNamespace(t)
	k := Open("test")
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		next := randomTable(r)
		before := "nothing"
		if k.last != nil {
			before = k.last.String()
		}
		if err := k.Commit(next); err != nil {
			t.Fatalf("round %d: %v\nfrom:\n%s\nto:\n%s", i, err, before, next)
		}
		if there, err := k.Present(); err != nil || !there {
			t.Fatalf("round %d: the kernel has other chains than the table: %v", i, err)
		}
		compareElements(t, next)
		if r.IntN(8) == 0 {
			k = Open("test") // an engine that starts over what another left
		}
	}
	if err := k.Remove(); err != nil {
		t.Fatal(err)
	}
	if err := k.Remove(); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
}

// compareElements asks the kernel for the map and compares its keys.
func compareElements(t *testing.T, table *Table) {
	t.Helper()
	c, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.GetSetElements(&nftables.Set{Table: &nftables.Table{Family: nftables.TableFamilyIPv4, Name: "test"}, Name: "map"})
	if err != nil {
		t.Fatal(err)
	}
	want := table.Sets["map"].Elements
	if len(got) != len(want) {
		t.Fatalf("the kernel's map has %d keys, want %d", len(got), len(want))
	}
	for _, e := range got {
		if _, ok := want[string(e.Key)]; !ok {
			t.Fatalf("the kernel's map has key %x", e.Key)
		}
	}
}

func TestAFailedCommitChangesNothingAndTheNextBeginsAnew(t *testing.T) {
	ownNamespace(t)
	k := Open("test")
	good := randomTable(rand.New(rand.NewPCG(3, 4)))
	if err := k.Commit(good); err != nil {
		t.Fatal(err)
	}
	bad := randomTable(rand.New(rand.NewPCG(5, 6)))
	bad.Chain("base").Add(Source.InSet("there is no such set"), Drop.Part())
	if err := k.Commit(bad); err == nil {
		t.Fatal("a table with a set that is not there was accepted")
	}
	compareElements(t, good)
	if err := k.Commit(good); err != nil {
		t.Fatal(err)
	}
}

func TestATextSaysEverythingAboutARule(t *testing.T) {
	for _, tc := range []struct {
		rule Rule
		want string
	}{
		{NewRule(FromGroup(7), Source.In(netip.MustParsePrefix("10.1.2.3/8")), Drop.Part()), "iifgroup 7 saddr 10.0.0.0/8 drop"},
		{NewRule(ProtocolIs(Number(corev1.ProtocolUDP)), PortIn(1, 2), Return.Part()), "meta l4proto udp dport 1-2 return"},
		{NewRule(InKeys("s", Address, Protocol, Port), Goto("c").Part()), "daddr . l4proto . dport @s goto c"},
		{NewRule(To(netip.MustParseAddrPort("10.0.0.1:80"), netip.MustParseAddrPort("10.0.0.2:80"))), "dnat to 10.0.0.1:80, 10.0.0.2:80"},
	} {
		if tc.rule.Text != tc.want {
			t.Errorf("%q, want %q", tc.rule.Text, tc.want)
		}
	}
}
