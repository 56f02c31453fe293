package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// pools says where a resource writes how many nodes there are, and what makes that number a mere beginning.
var pools = map[string]struct{ count, scales []string }{
	"google_container_node_pool":      {[]string{"node_count"}, []string{"autoscaling"}},
	"aws_eks_node_group":              {[]string{"scaling_config", "desired_size"}, nil},
	"digitalocean_kubernetes_cluster": {[]string{"node_pool", "node_count"}, []string{"node_pool", "auto_scale"}},
	"scaleway_k8s_pool":               {[]string{"size"}, []string{"autoscaling"}},
	"ovh_cloud_project_kube_nodepool": {[]string{"desired_nodes"}, []string{"autoscale"}},
}

func checkNodePool(m *module, b block) {
	p := pools[b.kind()]
	google := b.kind() == "google_container_node_pool"
	scales := p.scales != nil && b.has(p.scales...) && (b.attr(p.scales...) == nil || m.maybe(b, "true", p.scales...))
	a := b.attr(p.count...)
	if a == nil && google {
		a = b.attr("initial_node_count")
	}
	// In a region the number counts for each of its zones; elsewhere in the module there may be a second pool.
	if m.is(a, "1") && !scales && (!google || m.inOneZone(b)) && !b.has("for_each") && !m.several(b) {
		m.oneNode(b, a.SrcRange, strings.Join(p.count, "."))
	}
	if google && !b.has("node_config", "service_account") {
		m.defaultAccount(b, b.DefRange(), "node_config.service_account")
	}
}

// inOneZone says whether a pool is known to be in one zone, by itself or by its cluster.
func (m *module) inOneZone(b block) bool {
	if b.has("node_locations") {
		return false
	}
	if a, place := m.location(b); a != nil {
		return zone.MatchString(place)
	}
	a := b.attr("cluster")
	if a == nil {
		return false
	}
	t, ok := a.Expr.(*hclsyntax.ScopeTraversalExpr)
	if !ok || t.Traversal.RootName() != "google_container_cluster" {
		return false
	}
	for _, c := range m.kinds["google_container_cluster"] {
		if c.label(1) == step(t.Traversal, 1) {
			_, place := m.location(c)
			return zone.MatchString(place) && !c.has("node_locations")
		}
	}
	return false
}

func (m *module) several(b block) bool {
	return len(m.kinds[b.kind()]) > 1 || b.has("count") && !m.is(b.attr("count"), "1")
}
