package script

import (
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

func role(_ *walker, _ call, f *flags, _ []string) runtime.Object {
	return &rbacv1.Role{Rules: rules(f)}
}

func clusterRole(_ *walker, _ call, f *flags, _ []string) runtime.Object {
	all := rules(f)
	if urls := f.split("non-resource-url"); len(urls) > 0 {
		all = append(all, rbacv1.PolicyRule{Verbs: f.split("verb"), NonResourceURLs: urls})
	}
	return &rbacv1.ClusterRole{Rules: all}
}

// groups are the API groups of resources that are mostly written without one.
var groups = map[string]string{
	"deployments": "apps", "statefulsets": "apps", "daemonsets": "apps", "replicasets": "apps", "deploy": "apps", "deployment": "apps",
	"jobs": "batch", "cronjobs": "batch", "ingresses": "networking.k8s.io", "ingress": "networking.k8s.io",
	"networkpolicies": "networking.k8s.io", "horizontalpodautoscalers": "autoscaling", "poddisruptionbudgets": "policy",
	"roles": "rbac.authorization.k8s.io", "rolebindings": "rbac.authorization.k8s.io", "clusterroles": "rbac.authorization.k8s.io",
	"storageclasses": "storage.k8s.io", "leases": "coordination.k8s.io",
}

// rules makes one rule for each API group among the resources, as kubectl does.
func rules(f *flags) []rbacv1.PolicyRule {
	var all []rbacv1.PolicyRule
	at := map[string]int{}
	for _, r := range f.split("resource") {
		name, group, ok := strings.Cut(r, ".")
		if !ok {
			base, _, _ := strings.Cut(name, "/")
			group = groups[base]
		}
		i, seen := at[group]
		if !seen {
			i = len(all)
			at[group] = i
			all = append(all, rbacv1.PolicyRule{Verbs: f.split("verb"), APIGroups: []string{group}, ResourceNames: f.split("resource-name")})
		}
		all[i].Resources = append(all[i].Resources, name)
	}
	return all
}

func roleBinding(_ *walker, _ call, f *flags, _ []string) runtime.Object {
	ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: f.text("role")}
	if ref.Name == "" {
		ref.Kind, ref.Name = "ClusterRole", f.text("clusterrole")
	}
	return &rbacv1.RoleBinding{RoleRef: ref, Subjects: subjects(f)}
}

func clusterRoleBinding(_ *walker, _ call, f *flags, _ []string) runtime.Object {
	return &rbacv1.ClusterRoleBinding{
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: f.text("clusterrole")},
		Subjects: subjects(f),
	}
}

func subjects(f *flags) []rbacv1.Subject {
	var all []rbacv1.Subject
	for _, name := range f.split("user") {
		all = append(all, rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name})
	}
	for _, name := range f.split("group") {
		all = append(all, rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: name})
	}
	for _, name := range f.split("serviceaccount") {
		space, name, ok := strings.Cut(name, ":")
		if ok {
			all = append(all, rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: space, Name: name})
		}
	}
	return all
}
