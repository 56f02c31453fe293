package terraform

import (
	"fmt"
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// zone is the name of a zone, its region perhaps unknown: europe-west1-b, …-b.
var (
	zone   = regexp.MustCompile(`^([a-z]+-[a-z]+[0-9]+|…)-[a-z]$`)
	region = regexp.MustCompile(`^[a-z]+-[a-z]+[0-9]+$`)
)

// location is where a Google cluster is, in whichever argument it is written.
func (m *module) location(b block) (a *hclsyntax.Attribute, text string) {
	for _, name := range []string{"location", "zone", "region"} {
		if a := b.attr(name); a != nil {
			text, _ := m.text(a.Expr)
			return a, text
		}
	}
	return nil, unknown
}

func checkGoogleCluster(m *module, b block) {
	autopilot := m.maybe(b, "true", "enable_autopilot")
	ownPools := m.maybe(b, "true", "remove_default_node_pool") || len(nested(b.Body, "node_pool")) > 0
	where, place := m.location(b)
	if where != nil && zone.MatchString(place) && !b.has("node_locations") && !b.has("additional_zones") {
		m.report("terraform-zonal-cluster", b, where.SrcRange, where.Name,
			"the cluster is in one zone: its control plane is away during every upgrade, and all of it when the zone fails",
			"Give a region as location; its control plane and nodes are then in three zones.")
	}
	if !autopilot {
		m.googleNodes(b, ownPools, place)
	}
	m.googleEndpoint(b)
	if m.is(b.attr("deletion_protection"), "false") {
		m.unprotected(b, "the cluster and all that runs on it")
	}
}

func (m *module) googleNodes(b block, ownPools bool, place string) {
	if a := b.attr("initial_node_count"); !ownPools && m.is(a, "1") && zone.MatchString(place) && !b.has("node_locations") {
		m.oneNode(b, a.SrcRange, "initial_node_count")
	}
	for _, pool := range nested(b.Body, "node_pool") {
		if a := pool.Attributes["node_count"]; m.is(a, "1") && zone.MatchString(place) && len(nested(pool, "autoscaling")) == 0 {
			m.oneNode(b, a.SrcRange, "node_pool.node_count")
		}
	}
	if !ownPools {
		m.report("terraform-default-node-pool", b, b.DefRange(), "remove_default_node_pool",
			"the nodes are the cluster's default pool, so that a change of their machine type or disk replaces the cluster",
			"Set remove_default_node_pool = true with initial_node_count = 1, and describe the nodes in a google_container_node_pool with autoscaling.")
		if !b.has("node_config", "service_account") {
			m.defaultAccount(b, b.DefRange(), "node_config.service_account")
		}
	}
	if a := b.attr("datapath_provider"); a != nil && !m.is(a, "LEGACY_DATAPATH") && !m.is(a, "DATAPATH_PROVIDER_UNSPECIFIED") {
		return
	}
	if !m.maybe(b, "true", "network_policy", "enabled") {
		m.report("terraform-network-policy-not-enforced", b, b.DefRange(), "datapath_provider",
			"nothing in this cluster enforces NetworkPolicies: they are accepted and have no effect",
			`Set datapath_provider = "ADVANCED_DATAPATH" (when the cluster is created), or network_policy { enabled = true } and its addon.`)
	}
}

func (m *module) googleEndpoint(b block) {
	open := true
	for _, networks := range nested(b.Body, "master_authorized_networks_config") {
		open = false
		for _, cidr := range nested(networks, "cidr_blocks") {
			open = open || m.is(cidr.Attributes["cidr_block"], "0.0.0.0/0")
		}
	}
	if m.maybe(b, "true", "private_cluster_config", "enable_private_endpoint") ||
		m.is(b.attr("control_plane_endpoints_config", "ip_endpoints_config", "enabled"), "false") {
		open = false
	}
	if open {
		m.publicEndpoint(b, "master_authorized_networks_config",
			"Add master_authorized_networks_config with the networks that administer it, or private_cluster_config with enable_private_endpoint.")
	}
	if !m.maybe(b, "true", "private_cluster_config", "enable_private_nodes") {
		m.report("terraform-public-nodes", b, b.DefRange(), "private_cluster_config.enable_private_nodes",
			"every node has a public address",
			"Set private_cluster_config { enable_private_nodes = true } and give the network a NAT gateway.")
	}
}

func checkAzureCluster(m *module, b block) {
	scales := m.maybe(b, "true", "default_node_pool", "auto_scaling_enabled") || m.maybe(b, "true", "default_node_pool", "enable_auto_scaling")
	if a := b.attr("default_node_pool", "node_count"); m.is(a, "1") && !scales {
		m.oneNode(b, a.SrcRange, "default_node_pool.node_count")
	}
	if b.has("default_node_pool") && !b.has("default_node_pool", "zones") && !b.has("default_node_pool", "availability_zones") {
		m.report("terraform-zonal-cluster", b, b.DefRange(), "default_node_pool.zones",
			"the nodes are spread over no zones: a failing zone may take all of them",
			`Set zones = ["1", "2", "3"] in default_node_pool.`)
	}
	limited := b.has("api_server_access_profile", "authorized_ip_ranges") || b.has("api_server_authorized_ip_ranges")
	if !limited && !m.maybe(b, "true", "private_cluster_enabled") {
		m.publicEndpoint(b, "api_server_access_profile.authorized_ip_ranges",
			"Set api_server_access_profile { authorized_ip_ranges = […] } or private_cluster_enabled = true.")
	}
	if !b.has("network_profile", "network_policy") && !b.has("network_profile", "network_data_plane") {
		m.report("terraform-network-policy-not-enforced", b, b.DefRange(), "network_profile.network_policy",
			"nothing in this cluster enforces NetworkPolicies: they are accepted and have no effect",
			`Set network_policy = "cilium" or "calico" in network_profile.`)
	}
}

func checkAmazonCluster(m *module, b block) {
	if !b.has("vpc_config") {
		return
	}
	if a := b.attr("vpc_config", "endpoint_public_access"); a != nil && !m.is(a, "true") {
		return
	}
	cidrs := b.attr("vpc_config", "public_access_cidrs")
	if cidrs != nil && !contains(m.list(cidrs), "0.0.0.0/0") {
		return
	}
	m.publicEndpoint(b, "vpc_config.public_access_cidrs",
		"Set public_access_cidrs to the networks that administer it, or endpoint_public_access = false.")
}

func (m *module) oneNode(b block, at hcl.Range, field string) {
	m.report("terraform-one-node", b, at, field,
		"there is one node: its failure and every upgrade take the whole application down",
		"Have at least two nodes, better three in different zones, or autoscaling from two up.")
}

func (m *module) publicEndpoint(b block, field, advice string) {
	m.report("terraform-public-endpoint", b, b.DefRange(), field,
		"the Kubernetes API of the cluster answers the whole internet", advice)
}

func (m *module) defaultAccount(b block, at hcl.Range, field string) {
	m.report("terraform-default-service-account", b, at, field,
		"the nodes run as the project's default service account, which in most projects may edit everything in it",
		"Create a google_service_account with roles/container.defaultNodeServiceAccount and name it in node_config.")
}

func (m *module) unprotected(b block, what string) {
	m.report("terraform-no-deletion-protection", b, b.DefRange(), "deletion_protection",
		fmt.Sprintf("nothing keeps a plan from deleting %s", what), "Set deletion_protection = true.")
}

// maybe says whether an argument has a value or may have it, because what is written is not known here.
func (m *module) maybe(b block, value string, path ...string) bool {
	a := b.attr(path...)
	if a == nil {
		return false
	}
	s, exact := m.text(a.Expr)
	return !exact || s == value
}
