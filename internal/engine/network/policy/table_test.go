package policy_test

import (
	"flag"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/network/policy"
	"github.com/slipway-sh/slipway/internal/engine/network/policytest"
)

var update = flag.Bool("update", false, "write what the reference says into the tables")

// cast gives everybody an address.
func cast() (policy.Input, map[string]netip.Addr) {
	in := policy.Input{Namespaces: map[string]map[string]string{"kube-system": {corev1.LabelMetadataName: "kube-system"}}}
	addrs := map[string]netip.Addr{
		"outside": netip.MustParseAddr("198.51.100.2"), "host": netip.MustParseAddr("198.51.100.1"),
		"gateway": netip.MustParseAddr("10.221.0.1"), "dns": netip.MustParseAddr("10.222.0.10"),
	}
	for i, name := range policytest.Pods {
		ns, pod, _ := strings.Cut(name, "/")
		ip := netip.AddrFrom4([4]byte{10, 221, 0, byte(2 + i)})
		addrs[name] = ip
		in.Namespaces[ns] = map[string]string{"ns": ns, corev1.LabelMetadataName: ns}
		in.Pods = append(in.Pods, policy.Pod{Namespace: ns, Labels: map[string]string{"pod": pod}, IP: ip, Ports: []policy.NamedPort{
			{Name: "serve-80-tcp", Protocol: corev1.ProtocolTCP, Port: 80}, {Name: "serve-81-tcp", Protocol: corev1.ProtocolTCP, Port: 81},
			{Name: "serve-80-udp", Protocol: corev1.ProtocolUDP, Port: 80}}})
	}
	in.Sources = []policy.Pod{{Namespace: "kube-system", Labels: map[string]string{"app": "gateway"}, IP: addrs["gateway"]}}
	in.Targets = []policy.Pod{{Namespace: "kube-system", Labels: map[string]string{"k8s-app": "kube-dns"}, IP: addrs["dns"],
		Ports: []policy.NamedPort{{Name: "dns", Protocol: corev1.ProtocolUDP, Port: 53}}}}
	return in, addrs
}

func TestTablesHold(t *testing.T) {
	tables, err := policytest.Read("testdata")
	if err != nil || len(tables) < 25 {
		t.Fatalf("%d tables: %v", len(tables), err)
	}
	for _, table := range tables {
		t.Run(table.Name, func(t *testing.T) {
			in, addrs := cast()
			in.Policies, err = table.Policies(addrs, netip.MustParsePrefix("10.221.0.0/16"))
			if err != nil {
				t.Fatal(err)
			}
			verdicts := policy.Compile(in)
			draw := func(allows func(from, to netip.Addr, proto corev1.Protocol, port uint16) bool) string {
				return policytest.Write(func(from, to string, p policytest.Probe) bool {
					return from == "host" || allows(addrs[from], addrs[to], p.Protocol, p.Port)
				})
			}
			reference := draw(func(from, to netip.Addr, proto corev1.Protocol, port uint16) bool {
				return reference(in, from, to, proto, port)
			})
			if *update {
				file := "testdata/" + table.Name + ".txtar"
				data, _ := os.ReadFile(file)
				head, _, _ := strings.Cut(string(data), "-- reach --\n")
				if err := os.WriteFile(file, []byte(head+"-- reach --\n"+reference), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(table.Reach, reference); d != "" {
				t.Errorf("the reference (-want +got):\n%s", d)
			}
			if d := cmp.Diff(table.Reach, draw(verdicts.Allows)); d != "" {
				t.Errorf("compiled (-want +got):\n%s", d)
			}
		})
	}
}
