package deliver

import (
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/restmapper"
)

// stage is the order inside a wave: what a stage needs is there before it.
type stage int

const (
	stageScope  stage = iota // namespaces, classes, definitions
	stageBase                // what pods refer to, and what stands between them
	stageRun                 // what makes pods
	stageRoutes              // what lets users in
)

type kind struct {
	resource   string
	namespaced bool
	stage      stage
	waits      bool // has a readiness of its own that a wave waits for
}

// kinds are those that can be delivered without asking the API which resource they are.
var kinds = map[schema.GroupKind]kind{
	{Kind: "Namespace"}:                                               {"namespaces", false, stageScope, false},
	{Kind: "PersistentVolume"}:                                        {"persistentvolumes", false, stageScope, false},
	{Group: "storage.k8s.io", Kind: "StorageClass"}:                   {"storageclasses", false, stageScope, false},
	{Group: "networking.k8s.io", Kind: "IngressClass"}:                {"ingressclasses", false, stageScope, false},
	{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}: {"customresourcedefinitions", false, stageScope, false},
	{Group: "scheduling.k8s.io", Kind: "PriorityClass"}:               {"priorityclasses", false, stageScope, false},
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole"}:         {"clusterroles", false, stageScope, false},
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRoleBinding"}:  {"clusterrolebindings", false, stageScope, false},
	{Group: "rbac.authorization.k8s.io", Kind: "Role"}:                {"roles", true, stageBase, false},
	{Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"}:         {"rolebindings", true, stageBase, false},
	{Kind: "ServiceAccount"}:                                          {"serviceaccounts", true, stageBase, false},
	{Kind: "ConfigMap"}:                                               {"configmaps", true, stageBase, false},
	{Kind: "Secret"}:                                                  {"secrets", true, stageBase, false},
	{Kind: "PersistentVolumeClaim"}:                                   {"persistentvolumeclaims", true, stageBase, false},
	{Kind: "Service"}:                                                 {"services", true, stageBase, false},
	{Kind: "ResourceQuota"}:                                           {"resourcequotas", true, stageBase, false},
	{Kind: "LimitRange"}:                                              {"limitranges", true, stageBase, false},
	{Group: "networking.k8s.io", Kind: "NetworkPolicy"}:               {"networkpolicies", true, stageBase, false},
	{Kind: "Pod"}:                                           {"pods", true, stageRun, true},
	{Group: "apps", Kind: "Deployment"}:                     {"deployments", true, stageRun, true},
	{Group: "apps", Kind: "StatefulSet"}:                    {"statefulsets", true, stageRun, true},
	{Group: "apps", Kind: "DaemonSet"}:                      {"daemonsets", true, stageRun, true},
	{Group: "apps", Kind: "ReplicaSet"}:                     {"replicasets", true, stageRun, true},
	{Group: "batch", Kind: "Job"}:                           {"jobs", true, stageRun, true},
	{Group: "batch", Kind: "CronJob"}:                       {"cronjobs", true, stageRun, false},
	{Group: "policy", Kind: "PodDisruptionBudget"}:          {"poddisruptionbudgets", true, stageRun, false},
	{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}: {"horizontalpodautoscalers", true, stageRun, false},
	{Group: "networking.k8s.io", Kind: "Ingress"}:           {"ingresses", true, stageRoutes, false},
}

// resources finds the resource of a kind, in the table or, for a kind of an operator, at the API.
type resources struct {
	discovery discovery.DiscoveryInterface
	once      sync.Once
	mapper    meta.RESTMapper
	err       error
}

func (r *resources) of(gvk schema.GroupVersionKind) (schema.GroupVersionResource, kind, error) {
	if k, ok := kinds[gvk.GroupKind()]; ok {
		return gvk.GroupVersion().WithResource(k.resource), k, nil
	}
	r.once.Do(func() {
		groups, err := restmapper.GetAPIGroupResources(r.discovery)
		r.mapper, r.err = restmapper.NewDiscoveryRESTMapper(groups), err
	})
	if r.err != nil {
		return schema.GroupVersionResource{}, kind{}, fmt.Errorf("ask the API for its kinds: %w", r.err)
	}
	m, err := r.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return schema.GroupVersionResource{}, kind{}, fmt.Errorf("the API does not serve it: %w; install its definition first", err)
	}
	return m.Resource, kind{m.Resource.Resource, m.Scope.Name() == meta.RESTScopeNameNamespace, stageRoutes, false}, nil
}
