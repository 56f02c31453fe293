// Package policytest reads the tables that say which pod reaches which under some NetworkPolicies.
//
// DESIGN. One file holds policies and, for each probe, who may reach whom, so that the compiler and the kernel are
// held to the same promises. The cast is that of upstream's tests: pods a, b and c in namespaces x, y and z; beside
// them the gateway, a machine outside, and the host itself. In policies, {{x/a}} is a pod's address, {{outside}} and
// {{pods}} are those of the machine outside and of all pods. Only tests import it.
package policytest

import (
	"bytes"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"
)

// Table is one file.
type Table struct {
	Name     string
	policies string
	Reach    string
}

// Probe is what is tried between everybody.
type Probe struct {
	Protocol corev1.Protocol
	Port     uint16
}

// Probes are tried towards pods and the machine outside; names are asked for besides.
var Probes = []Probe{{corev1.ProtocolTCP, 80}, {corev1.ProtocolTCP, 81}, {corev1.ProtocolUDP, 80}}

// The cast, in the order of the tables.
var (
	Pods    = []string{"x/a", "x/b", "x/c", "y/a", "y/b", "y/c", "z/a", "z/b", "z/c"}
	Sources = append(append([]string{}, Pods...), "gateway", "outside", "host")
	Targets = append(append([]string{}, Pods...), "outside")
)

// Read returns the tables of a directory.
func Read(dir string) ([]Table, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, err
	}
	var out []Table
	for _, f := range files {
		a, err := txtar.ParseFile(f)
		if err != nil {
			return nil, err
		}
		if len(a.Files) != 2 {
			return nil, fmt.Errorf("%s: want policies.yaml and reach", f)
		}
		out = append(out, Table{strings.TrimSuffix(filepath.Base(f), ".txtar"), string(a.Files[0].Data), string(a.Files[1].Data)})
	}
	return out, nil
}

// Policies returns the policies with the addresses filled in.
func (t Table) Policies(addresses map[string]netip.Addr, pods netip.Prefix) ([]*networkingv1.NetworkPolicy, error) {
	text := strings.ReplaceAll(t.policies, "{{pods}}", pods.String())
	for name, ip := range addresses {
		text = strings.ReplaceAll(text, "{{"+name+"}}", ip.String())
	}
	var out []*networkingv1.NetworkPolicy
	for _, doc := range bytes.Split([]byte(text), []byte("---\n")) {
		p := &networkingv1.NetworkPolicy{}
		if err := yaml.UnmarshalStrict(doc, p); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// Reaches tells whether a connection gets through; target "dns" is the nameserver.
type Reaches func(from, to string, p Probe) bool

// Write draws the table of what gets through: "." passes, "X" does not.
func Write(reaches Reaches) string {
	var b strings.Builder
	mark := func(ok bool) string {
		if ok {
			return "."
		}
		return "X"
	}
	for _, p := range Probes {
		fmt.Fprintf(&b, "%-8s", strings.ToLower(string(p.Protocol))+" "+fmt.Sprint(p.Port))
		for _, to := range Targets {
			fmt.Fprintf(&b, " %-3.3s", to)
		}
		b.WriteString("\n")
		for _, from := range Sources {
			line := fmt.Sprintf("%-8s", from)
			for _, to := range Targets {
				if from == to || to == "outside" && !strings.Contains(from, "/") {
					line += "    "
					continue
				}
				line += fmt.Sprintf(" %-3s", mark(reaches(from, to, p)))
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	b.WriteString("names   ")
	line := ""
	for _, from := range Pods {
		line += " " + from + mark(reaches(from, "dns", Probe{corev1.ProtocolUDP, 53}))
	}
	b.WriteString(line + "\n")
	return b.String()
}
