package upgrade

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// departed are the versions that Kubernetes once served and that have left its library too.
var departed = kubernetes([]row{
	{kinds: "autoscaling/v2alpha1 HorizontalPodAutoscaler", fate: Fate{RemovedIn: "1.9", Replacement: hpa}},
	{kinds: "autoscaling/v2beta1 HorizontalPodAutoscaler", fate: Fate{DeprecatedIn: "1.22", RemovedIn: "1.25", Replacement: hpa}},
	{kinds: "autoscaling/v2beta2 HorizontalPodAutoscaler", fate: Fate{DeprecatedIn: "1.23", RemovedIn: "1.26", Replacement: hpa}},
	{kinds: "extensions/v1beta1 HorizontalPodAutoscaler", fate: Fate{RemovedIn: "1.8", Replacement: hpa}},
	{kinds: "batch/v2alpha1 CronJob", fate: Fate{DeprecatedIn: "1.8", RemovedIn: "1.21", Replacement: at("batch/v1", "CronJob")}},
	{kinds: "batch/v2alpha1 ScheduledJob", fate: Fate{DeprecatedIn: "1.5", RemovedIn: "1.8", Replacement: at("batch/v1", "CronJob")}},
	{kinds: "extensions/v1beta1 Job", fate: Fate{DeprecatedIn: "1.2", RemovedIn: "1.6", Replacement: at("batch/v1", "Job")}},
	{kinds: "extensions/v1beta1 PodSecurityPolicy", fate: Fate{DeprecatedIn: "1.11", RemovedIn: "1.16", Note: podSecurity}},
	{kinds: "policy/v1beta1 PodSecurityPolicy", fate: Fate{DeprecatedIn: "1.21", RemovedIn: "1.25", Note: podSecurity}},
	{kinds: "policy/v1alpha1 PodDisruptionBudget", fate: Fate{RemovedIn: "1.5", Replacement: at("policy/v1", "PodDisruptionBudget")}},
	{kinds: "extensions/v1beta1 ThirdPartyResource", fate: Fate{DeprecatedIn: "1.7", RemovedIn: "1.8",
		Note: "write an apiextensions.k8s.io/v1 CustomResourceDefinition instead"}},
	{kinds: "apps/v1beta1 ReplicaSet", fate: Fate{DeprecatedIn: "1.8", RemovedIn: "1.16", Replacement: at("apps/v1", "")}},
	{kinds: "apps/v1alpha1 PetSet", fate: Fate{DeprecatedIn: "1.5", RemovedIn: "1.5", Replacement: at("apps/v1", "StatefulSet"),
		Note: "write an apps/v1 StatefulSet instead"}},
	{kinds: "rbac.authorization.k8s.io/v1alpha1 Role ClusterRole RoleBinding ClusterRoleBinding",
		fate: Fate{DeprecatedIn: "1.17", RemovedIn: "1.22", Replacement: at("rbac.authorization.k8s.io/v1", "")}},
	{kinds: "node.k8s.io/v1alpha1 RuntimeClass",
		fate: Fate{DeprecatedIn: "1.20", RemovedIn: "1.22", Replacement: at("node.k8s.io/v1", "")}},
	{kinds: "scheduling.k8s.io/v1alpha1 PriorityClass",
		fate: Fate{DeprecatedIn: "1.14", RemovedIn: "1.17", Replacement: at("scheduling.k8s.io/v1", "")}},
	{kinds: "flowcontrol.apiserver.k8s.io/v1alpha1 FlowSchema PriorityLevelConfiguration",
		fate: Fate{DeprecatedIn: "1.20", RemovedIn: "1.24", Replacement: at("flowcontrol.apiserver.k8s.io/v1", "")}},
	{kinds: "networking.k8s.io/v1alpha1 ServiceCIDR IPAddress",
		fate: Fate{DeprecatedIn: "1.31", RemovedIn: "1.34", Replacement: at("networking.k8s.io/v1", "")}},
	{kinds: "networking.k8s.io/v1alpha1 ClusterCIDR", fate: Fate{RemovedIn: "1.29",
		Note: "the address ranges of the network plugin"}},
	{kinds: "discovery.k8s.io/v1alpha1 EndpointSlice",
		fate: Fate{DeprecatedIn: "1.17", RemovedIn: "1.20", Replacement: at("discovery.k8s.io/v1", "")}},
	{kinds: "resource.k8s.io/v1alpha1 ResourceClaim ResourceClaimTemplate ResourceClass", fate: Fate{RemovedIn: "1.27", Note: devices}},
	{kinds: "resource.k8s.io/v1alpha2 ResourceClaim ResourceClaimTemplate ResourceClass PodSchedulingContext ResourceSlice " +
		"ResourceClaimParameters ResourceClassParameters", fate: Fate{RemovedIn: "1.31", Note: devices}},
	{kinds: "resource.k8s.io/v1alpha3 ResourceClaim ResourceClaimTemplate DeviceClass ResourceSlice PodSchedulingContext",
		fate: Fate{RemovedIn: "1.34", Note: devices}},
	{kinds: "settings.k8s.io/v1alpha1 PodPreset", fate: Fate{RemovedIn: "1.20",
		Note: "write env and volumes into the pod templates, or into a ConfigMap that they take by envFrom"}},
	{kinds: "auditregistration.k8s.io/v1alpha1 AuditSink", fate: Fate{RemovedIn: "1.19",
		Note: "the API server's own audit webhook, --audit-webhook-config-file"}},
	{kinds: "admissionregistration.k8s.io/v1alpha1 InitializerConfiguration", fate: Fate{DeprecatedIn: "1.13", RemovedIn: "1.14",
		Note: "a MutatingWebhookConfiguration"}},
	{kinds: "storagemigration.k8s.io/v1alpha1 StorageVersionMigration", fate: Fate{DeprecatedIn: "1.35", RemovedIn: "1.35",
		Note: "write a StorageVersionMigration of storagemigration.k8s.io/v1: its resource has no version"}},
	{kinds: "certificates.k8s.io/v1alpha1 PodCertificateRequest", fate: Fate{DeprecatedIn: "1.35", RemovedIn: "1.35",
		Note: "written by the kubelet, not by people"}},
	{kinds: "coordination.k8s.io/v1alpha1 LeaseCandidate", fate: Fate{RemovedIn: "1.32",
		Note: "written by the components of the control plane, not by people"}},
	{kinds: "apiextensions.k8s.io/v1beta1 CustomResourceDefinition",
		fate: Fate{DeprecatedIn: "1.16", RemovedIn: "1.22", Replacement: at("apiextensions.k8s.io/v1", "")}},
	{kinds: "apiregistration.k8s.io/v1beta1 APIService",
		fate: Fate{DeprecatedIn: "1.19", RemovedIn: "1.22", Replacement: at("apiregistration.k8s.io/v1", "")}},
})

// aggregated are served by every API server though k8s.io/api does not have them.
var aggregated = kubernetes([]row{
	{kinds: "apiextensions.k8s.io/v1 CustomResourceDefinition", fate: Fate{Served: true}},
	{kinds: "apiregistration.k8s.io/v1 APIService", fate: Fate{Served: true}},
})

var hpa = at("autoscaling/v2", "HorizontalPodAutoscaler")

const (
	podSecurity = "label namespaces with pod-security.kubernetes.io/enforce and give pods a securityContext"
	devices     = "write it anew as resource.k8s.io/v1: the model of devices is another one"
)

// row is one line of a table of fates: "group/version Kind Kind …" and what became of them. A replacement without a
// kind has that of the line.
type row struct {
	kinds string
	fate  Fate
}

func at(groupVersion, kind string) schema.GroupVersionKind {
	gv, err := schema.ParseGroupVersion(groupVersion)
	if err != nil {
		panic(err) // a mistake in a table
	}
	return gv.WithKind(kind)
}

func kubernetes(rows []row) map[schema.GroupVersionKind]Fate {
	for i := range rows {
		rows[i].fate.Product, rows[i].fate.Source = "Kubernetes", guide
	}
	return table(rows)
}

func table(rows []row) map[schema.GroupVersionKind]Fate {
	all := map[schema.GroupVersionKind]Fate{}
	for _, r := range rows {
		for _, kind := range each(r.kinds) {
			f := r.fate
			if f.Replacement.Version != "" && f.Replacement.Kind == "" {
				f.Replacement.Kind = kind.Kind
			}
			all[kind] = f
		}
	}
	return all
}

// each reads "group/version Kind Kind …".
func each(kinds string) []schema.GroupVersionKind {
	words := strings.Fields(kinds)
	var all []schema.GroupVersionKind
	for _, kind := range words[1:] {
		all = append(all, at(words[0], kind))
	}
	return all
}
