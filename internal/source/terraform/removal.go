package terraform

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// removal is an argument, block or resource that a provider no longer has.
type removal struct {
	resource string // the type of a resource, or "provider" for the provider's own block
	path     string // of the argument; empty: the resource itself
	instead  string // name of the argument that took its place, or what to write
	rename   bool   // instead has the same values, so that the name alone is to be changed
	block    bool   // only where it is written as a block
}

// removals are the arguments that once were in common use, as of November 2026, by the release that removed them. Each
// list is from the upgrade guide that its address leads to.
var removals = []struct {
	provider string
	since    version
	guide    string
	removed  []removal
}{
	{"google", version{3, 0}, "https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/version_3_upgrade", []removal{
		{"google_container_cluster", "zone", "location", true, false},
		{"google_container_cluster", "region", "location", true, false},
		{"google_container_cluster", "additional_zones", "node_locations", true, false},
		{"google_container_cluster", "addons_config.kubernetes_dashboard", "nothing, the dashboard is installed as a chart", false, false},
		{"google_container_node_pool", "zone", "location", true, false},
		{"google_container_node_pool", "region", "location", true, false},
		{"google_project_services", "", "a google_project_service for each service", false, false},
	}},
	{"google", version{4, 0}, "https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/version_4_upgrade", []removal{
		{"google_container_cluster", "master_auth.username", "nothing, Kubernetes has no passwords since 1.19", false, false},
		{"google_container_cluster", "master_auth.password", "nothing, Kubernetes has no passwords since 1.19", false, false},
		{"google_container_cluster", "workload_identity_config.identity_namespace", "workload_pool", true, false},
		{"google_container_cluster", "instance_group_urls", "node_pool.instance_group_urls", false, false},
		{"google_sql_database_instance", "settings.authorized_gae_applications", "nothing", false, false},
		{"google_sql_database_instance", "settings.crash_safe_replication", "nothing", false, false},
		{"google_sql_database_instance", "settings.replication_type", "nothing", false, false},
		{"google_storage_bucket", "bucket_policy_only", "uniform_bucket_level_access", true, false},
	}},
	{"google", version{5, 0}, "https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/version_5_upgrade", []removal{
		{"google_container_cluster", "enable_binary_authorization", "binary_authorization.evaluation_mode", false, false},
	}},
	{"google", version{6, 0}, "https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/version_6_upgrade", []removal{
		{"google_sql_database_instance", "settings.ip_configuration.require_ssl", "ssl_mode", false, false},
	}},
	{"aws", version{5, 0}, "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-5-upgrade", []removal{
		{"aws_db_instance", "name", "db_name", true, false},
		{"aws_elasticache_replication_group", "number_cache_clusters", "num_cache_clusters", true, false},
		{"aws_elasticache_replication_group", "replication_group_description", "description", true, false},
		{"aws_elasticache_replication_group", "availability_zones", "preferred_cache_cluster_azs", true, false},
	}},
	{"aws", version{6, 0}, "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-6-upgrade", []removal{
		{"aws_eip", "vpc", `domain = "vpc"`, false, false},
		{"aws_eks_addon", "resolve_conflicts", "resolve_conflicts_on_create and resolve_conflicts_on_update", false, false},
	}},
	{"azurerm", version{3, 0}, "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/3.0-upgrade-guide", []removal{
		{"azurerm_kubernetes_cluster", "addon_profile", "the addon's own arguments", false, false},
		{"azurerm_kubernetes_cluster", "role_based_access_control", "role_based_access_control_enabled", false, true},
		{"azurerm_kubernetes_cluster", "default_node_pool.availability_zones", "zones", true, false},
		{"azurerm_storage_account", "allow_blob_public_access", "allow_nested_items_to_be_public", true, false},
	}},
	{"azurerm", version{4, 0}, "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/4.0-upgrade-guide", []removal{
		{"azurerm_kubernetes_cluster", "api_server_authorized_ip_ranges", "api_server_access_profile.authorized_ip_ranges", false, false},
		{"azurerm_kubernetes_cluster", "default_node_pool.enable_auto_scaling", "auto_scaling_enabled", true, false},
		{"azurerm_kubernetes_cluster", "default_node_pool.enable_node_public_ip", "node_public_ip_enabled", true, false},
		{"azurerm_kubernetes_cluster", "default_node_pool.enable_host_encryption", "host_encryption_enabled", true, false},
		{"azurerm_kubernetes_cluster_node_pool", "enable_auto_scaling", "auto_scaling_enabled", true, false},
		{"azurerm_kubernetes_cluster_node_pool", "enable_node_public_ip", "node_public_ip_enabled", true, false},
		{"azurerm_storage_account", "enable_https_traffic_only", "https_traffic_only_enabled", true, false},
	}},
	{"kubernetes", version{2, 0}, "https://registry.terraform.io/providers/hashicorp/kubernetes/latest/docs/guides/v2-upgrade-guide", []removal{
		{"provider", "load_config_file", "config_path", false, false},
	}},
	{"helm", version{3, 0}, "https://registry.terraform.io/providers/hashicorp/helm/latest/docs/guides/v3-upgrade-guide", []removal{
		{"helm_release", "set", "set = [{ name = …, value = … }]", false, true},
		{"helm_release", "set_sensitive", "set_sensitive = [{ name = …, value = … }]", false, true},
		{"provider", "kubernetes", "kubernetes = { … }", false, true},
	}},
}

func checkRemoved(m *module) {
	for _, list := range removals {
		if !m.mayBe(list.provider, list.since) {
			continue
		}
		for _, r := range list.removed {
			for _, b := range m.blocks {
				if r.resource == "provider" && b.Type == "provider" && b.kind() == list.provider || b.Type == "resource" && b.kind() == r.resource {
					m.removed(b, r, list.provider, list.since, list.guide)
				}
			}
		}
	}
}

func (m *module) removed(b block, r removal, provider string, since version, guide string) {
	advice := fmt.Sprintf("Write %s instead (%s).", r.instead, guide)
	if strings.HasPrefix(r.instead, "nothing") {
		advice = fmt.Sprintf("Remove it; it is replaced by %s (%s).", r.instead, guide)
	}
	if r.path == "" {
		m.report("terraform-removed-argument", b, b.DefRange(), "",
			fmt.Sprintf("the %s provider has no %s since %s", provider, b.kind(), since), advice)
		return
	}
	path := strings.Split(r.path, ".")
	at, a := m.place(b, path, r.block)
	if at == nil {
		return
	}
	var changes []change
	if a != nil && r.rename && !b.has(append(path[:len(path)-1:len(path)-1], r.instead)...) && !m.twice(b, r) {
		changes = append(changes, b.file.renamed(attribute{a, b.file}, r.instead))
	}
	m.report("terraform-removed-argument", b, *at, r.path,
		fmt.Sprintf("the %s provider has no %s here since %s", provider, path[len(path)-1], since), advice, changes...)
}

// place is where an argument or block stands.
func (m *module) place(b block, path []string, blockOnly bool) (*hcl.Range, *hclsyntax.Attribute) {
	if a := b.attr(path...); a != nil && !blockOnly {
		return &a.SrcRange, a
	}
	body := b.Body
	for i, name := range path {
		var next *hclsyntax.Block
		for _, inner := range body.Blocks {
			if inner.Type == name {
				next = inner
				break
			}
		}
		if next == nil {
			return nil, nil
		}
		if i == len(path)-1 {
			r := next.DefRange()
			return &r, nil
		}
		body = next.Body
	}
	return nil, nil
}

// twice says whether two old arguments of a block have the same successor, so that it is not known whose value holds.
func (m *module) twice(b block, r removal) bool {
	return r.instead == "location" && b.has("zone") && b.has("region")
}

// deprecations are arguments that still work and whose successors are other resources. The Amazon provider made the
// arguments of buckets read-only in 4.0 and, after 4.9, deprecated.
var deprecations = []struct {
	resource  string
	arguments []string
	instead   string
}{
	{"aws_s3_bucket", []string{
		"acl", "versioning", "logging", "lifecycle_rule", "server_side_encryption_configuration", "website", "cors_rule",
		"replication_configuration", "policy", "grant", "request_payer", "acceleration_status", "object_lock_configuration",
	}, "the aws_s3_bucket_… resource of that name"},
	{"template_file", []string{""}, "the function templatefile"},
}

func checkDeprecated(m *module) {
	for _, d := range deprecations {
		for _, b := range m.blocks {
			if (b.Type != "resource" && b.Type != "data") || b.kind() != d.resource {
				continue
			}
			for _, name := range d.arguments {
				if name == "" {
					m.report("terraform-deprecated-argument", b, b.DefRange(), "",
						b.kind()+" is of a provider that is no longer kept", "Use "+d.instead+".")
				} else if at, _ := m.place(b, []string{name}, false); at != nil {
					m.report("terraform-deprecated-argument", b, *at, name,
						fmt.Sprintf("%s of %s is deprecated and will be removed from the provider", name, b.kind()), "Use "+d.instead+".")
				}
			}
		}
	}
}
