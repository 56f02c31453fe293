package terraform

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// guarded are the ports that nobody on the internet has to reach.
var guarded = []struct {
	port int
	what string
}{
	{22, "SSH"}, {3389, "Remote Desktop"}, {3306, "MySQL"}, {5432, "PostgreSQL"}, {1433, "SQL Server"}, {1521, "Oracle"},
	{27017, "MongoDB"}, {6379, "Redis"}, {9200, "Elasticsearch"}, {11211, "memcached"}, {2379, "etcd"}, {2375, "the Docker API"},
	{10250, "the kubelet"}, {5672, "AMQP"}, {9092, "Kafka"},
}

var everywhere = []string{"0.0.0.0/0", "::/0", "*", "Internet", "Any", "any", "0.0.0.0"}

// exposed names what a range of ports opens; all is for rules without ports.
func exposed(from, to int, all bool) string {
	if all || from == 0 && to == 65535 {
		return "every port"
	}
	var found []string
	for _, g := range guarded {
		if from <= g.port && g.port <= to {
			found = append(found, fmt.Sprintf("%d (%s)", g.port, g.what))
		}
	}
	if len(found) > 4 {
		return fmt.Sprintf("the ports %d to %d", from, to)
	}
	return strings.Join(found, ", ")
}

func (m *module) open(b block, at hcl.Range, field, what string) {
	if what != "" {
		m.report("terraform-open-to-world", b, at, field, "the whole internet may reach "+what,
			"Name the networks that need it, or go through a bastion, a VPN or the cloud's session manager.")
	}
}

func checkSecurityGroup(m *module, b block) {
	for _, in := range nested(b.Body, "ingress") {
		m.amazonRule(b, in, "ingress.")
	}
}

func checkSecurityGroupRule(m *module, b block) {
	if b.kind() == "aws_security_group_rule" && !m.is(b.attr("type"), "ingress") {
		return
	}
	m.amazonRule(b, b.Body, "")
}

func (m *module) amazonRule(b block, rule *hclsyntax.Body, prefix string) {
	for _, name := range []string{"cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"} {
		a := rule.Attributes[name]
		if a == nil || !m.world(a) {
			continue
		}
		all := m.is(rule.Attributes["protocol"], "-1") || m.is(rule.Attributes["protocol"], "all") || m.is(rule.Attributes["ip_protocol"], "-1")
		from, to, ok := m.ports(rule.Attributes["from_port"], rule.Attributes["to_port"])
		if ok || all {
			m.open(b, a.SrcRange, prefix+name, exposed(from, to, all))
		}
	}
}

func checkGoogleFirewall(m *module, b block) {
	if m.maybe(b, "EGRESS", "direction") || m.is(b.attr("disabled"), "true") {
		return
	}
	at, field := b.DefRange(), "source_ranges"
	if a := b.attr("source_ranges"); a != nil {
		if !m.world(a) {
			return
		}
		at = a.SrcRange
	} else if b.has("source_tags") || b.has("source_service_accounts") {
		return
	}
	for _, allow := range nested(b.Body, "allow") {
		protocol, _ := m.text(exprOf(allow.Attributes["protocol"]))
		ports := allow.Attributes["ports"]
		if protocol == "all" || ports == nil && protocol == "tcp" {
			m.open(b, at, field, exposed(0, 0, true))
			continue
		}
		for _, p := range m.list(ports) {
			if from, to, ok := portRange(p); ok {
				m.open(b, at, field, exposed(from, to, false))
			}
		}
	}
}

func checkAzureSecurityGroup(m *module, b block) {
	for _, rule := range nested(b.Body, "security_rule") {
		m.azureRule(b, rule, "security_rule.")
	}
}

func checkAzureSecurityRule(m *module, b block) { m.azureRule(b, b.Body, "") }

func (m *module) azureRule(b block, rule *hclsyntax.Body, prefix string) {
	from := rule.Attributes["source_address_prefix"]
	if !m.is(rule.Attributes["direction"], "Inbound") || !m.is(rule.Attributes["access"], "Allow") || from == nil || !m.world(from) {
		return
	}
	ports := m.list(rule.Attributes["destination_port_ranges"])
	if a := rule.Attributes["destination_port_range"]; a != nil {
		s, _ := m.text(a.Expr)
		ports = append(ports, s)
	}
	for _, p := range ports {
		if p == "*" {
			m.open(b, from.SrcRange, prefix+"source_address_prefix", exposed(0, 0, true))
		} else if first, last, ok := portRange(p); ok {
			m.open(b, from.SrcRange, prefix+"source_address_prefix", exposed(first, last, false))
		}
	}
}

// world says whether an argument, a value or a list, names the whole internet.
func (m *module) world(a *hclsyntax.Attribute) bool {
	s, _ := m.text(a.Expr)
	return slices.Contains(everywhere, s) || slices.ContainsFunc(m.list(a), func(s string) bool { return slices.Contains(everywhere, s) })
}

func (m *module) ports(from, to *hclsyntax.Attribute) (first, last int, ok bool) {
	if from == nil || to == nil {
		return 0, 0, false
	}
	f, _ := m.text(from.Expr)
	t, _ := m.text(to.Expr)
	return portRange(f + "-" + t)
}

func portRange(s string) (first, last int, ok bool) {
	from, to, isRange := strings.Cut(s, "-")
	if !isRange {
		to = from
	}
	first, err := strconv.Atoi(from)
	last, err2 := strconv.Atoi(to)
	return first, last, err == nil && err2 == nil
}

func exprOf(a *hclsyntax.Attribute) hclsyntax.Expression {
	if a == nil {
		return nil
	}
	return a.Expr
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }

func unknownPart(s string) bool { return strings.Contains(s, unknown) }

func checkDefaultNetwork(m *module) {
	for _, b := range m.blocks {
		if b.Type != "resource" || !strings.HasPrefix(b.kind(), "google_") {
			continue
		}
		var at *hclsyntax.Attribute
		field := ""
		walk(b.Body, "", func(path string, a *hclsyntax.Attribute) {
			if at == nil && (a.Name == "network" || a.Name == "subnetwork") && m.is(a, "default") {
				at, field = a, path
			}
		})
		switch {
		case at != nil:
			m.defaultNetwork(b, at.SrcRange, field)
		case b.kind() == "google_container_cluster" && !b.has("network") && !b.has("subnetwork"):
			m.defaultNetwork(b, b.DefRange(), "network")
		}
	}
}

func (m *module) defaultNetwork(b block, at hcl.Range, field string) {
	m.report("terraform-default-network", b, at, field,
		"it is in the project's default network, whose rules let SSH and all internal traffic in and whose ranges meet those of other networks",
		"Create a google_compute_network with auto_create_subnetworks = false and a subnetwork, and use these.")
}
