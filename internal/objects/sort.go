package objects

import (
	"cmp"
	"slices"
)

// order is the order in which objects are written and applied: what others need comes first.
var order = []string{
	"Namespace", "ResourceQuota", "LimitRange", "PriorityClass", "StorageClass", "IngressClass", "RuntimeClass",
	"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding",
	"Secret", "ConfigMap", "PersistentVolume", "PersistentVolumeClaim", "NetworkPolicy", "Service",
	"Pod", "ReplicaSet", "StatefulSet", "Job", "Deployment", "DaemonSet", "CronJob",
	"HorizontalPodAutoscaler", "PodDisruptionBudget", "Ingress",
}

var rank = func() map[string]int {
	m := make(map[string]int, len(order))
	for i, k := range order {
		m[k] = i
	}
	return m
}()

// Rank is the place of a kind in the order of applying; kinds that are not in the table come last.
func Rank(kind string) int {
	if r, ok := rank[kind]; ok {
		return r
	}
	return len(order)
}

// Sort puts the objects in order: by kind as in the table, then by namespace and name.
func (a *Application) Sort() {
	slices.SortStableFunc(a.Objects, func(x, y *Object) int {
		return cmp.Or(
			cmp.Compare(Rank(x.Kind()), Rank(y.Kind())),
			cmp.Compare(x.Kind(), y.Kind()),
			cmp.Compare(x.Namespace(), y.Namespace()),
			cmp.Compare(x.Name(), y.Name()),
		)
	})
}
