package tools

import "github.com/slipway-sh/slipway/internal/audit/rule"

const gke = "https://cloud.google.com/kubernetes-engine/docs/"

// terraformClusterRules are about the clusters and networks that Terraform makes.
var terraformClusterRules = []*rule.Rule{
	{ID: "terraform-one-node", Severity: rule.Risk, Title: "A cluster has one node",
		Why:     "Its failure and every upgrade take everything down; replicas and disruption budgets cannot help.",
		Advice:  "have at least two nodes in different zones, or autoscaling from two up",
		Sources: []string{gke + "concepts/regional-clusters"}},
	{ID: "terraform-zonal-cluster", Severity: rule.Risk, Title: "A cluster is in one zone",
		Why:     "Its control plane is away during upgrades, and all of it when the zone fails.",
		Advice:  "make it regional, or spread its nodes over several zones",
		Sources: []string{gke + "concepts/types-of-clusters"}},
	{ID: "terraform-default-node-pool", Severity: rule.Risk, Title: "The nodes are in the default pool of a GKE cluster",
		Why:     "A change of their machine type or disks replaces the whole cluster.",
		Advice:  "set remove_default_node_pool = true and describe the nodes in a google_container_node_pool",
		Sources: []string{provider + "google/latest/docs/guides/using_gke_with_terraform"}},
	{ID: "terraform-default-service-account", Severity: rule.Risk, Title: "The nodes run as the project's default service account",
		Why:     "In most projects it may edit everything, and so may whoever breaks out of a pod.",
		Advice:  "give them an account of their own with roles/container.defaultNodeServiceAccount",
		Sources: []string{gke + "how-to/hardening-your-cluster#use_least_privilege_sa"}},
	{ID: "terraform-network-policy-not-enforced", Severity: rule.Risk, Title: "NetworkPolicies have no effect in a cluster",
		Why:     "GKE without Dataplane V2 or the network policy addon, and AKS without network_policy, take them and enforce nothing.",
		Advice:  `set datapath_provider = "ADVANCED_DATAPATH", or network_policy { enabled = true } and its addon; at Azure network_policy in network_profile`,
		Sources: []string{gke + "how-to/network-policy"}},
	{ID: "terraform-public-endpoint", Severity: rule.Risk, Title: "The Kubernetes API is open to the internet",
		Why:     "Every hole in it and every lost credential can be used from anywhere.",
		Advice:  "name the networks that administer it, or make the endpoint private",
		Sources: []string{gke + "how-to/authorized-networks"}},
	{ID: "terraform-public-nodes", Severity: rule.Risk, Title: "The nodes have public addresses",
		Why:     "What listens on a node can be reached from the internet, with only a firewall rule in between.",
		Advice:  "set enable_private_nodes = true and give the network a NAT gateway",
		Sources: []string{gke + "concepts/private-cluster-concept"}},
	{ID: "terraform-default-network", Severity: rule.Risk, Title: "It is in the project's default network",
		Why:     "The rules of that network let SSH and all internal traffic in, and its ranges meet those of other projects.",
		Advice:  "make a network of its own with auto_create_subnetworks = false and a subnetwork",
		Sources: []string{"https://cloud.google.com/vpc/docs/vpc#default-network"}},
	{ID: "terraform-open-to-world", Severity: rule.Risk, Title: "SSH, a database or every port is open to the internet",
		Why:     "Scanners find it within minutes.",
		Advice:  "name the networks that need it, or go through a bastion, a VPN or the cloud's session manager",
		Sources: []string{"https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"}},
}
