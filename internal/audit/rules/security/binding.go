package security

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// binding is a RoleBinding or ClusterRoleBinding.
type binding struct {
	*objects.Object
	role     rbacv1.RoleRef
	subjects []rbacv1.Subject
	cluster  bool // of the whole cluster
}

// eachBinding visits those that are described here, Given ones too.
func eachBinding(p *rule.Pass, visit func(binding)) {
	for _, o := range p.OfKind("RoleBinding") {
		if b, ok := o.Object.(*rbacv1.RoleBinding); ok {
			visit(binding{o, b.RoleRef, b.Subjects, false})
		}
	}
	for _, o := range p.OfKind("ClusterRoleBinding") {
		if b, ok := o.Object.(*rbacv1.ClusterRoleBinding); ok {
			visit(binding{o, b.RoleRef, b.Subjects, true})
		}
	}
}

// namespaceOf is where a subject's account is.
func (b binding) namespaceOf(s rbacv1.Subject) string {
	if s.Namespace == "" {
		return b.Namespace()
	}
	return s.Namespace
}

type account struct{ namespace, name string }

// bound are the accounts that have rights.
type bound struct {
	accounts map[account]bool
	groups   map[string]bool
}

func bindings(p *rule.Pass) bound {
	all := bound{map[account]bool{}, map[string]bool{}}
	eachBinding(p, func(b binding) {
		for _, s := range b.subjects {
			switch s.Kind {
			case rbacv1.ServiceAccountKind:
				all.accounts[account{b.namespaceOf(s), s.Name}] = true
			case rbacv1.GroupKind:
				all.groups[s.Name] = true
			}
		}
	})
	return all
}

const accountsGroup = "system:serviceaccounts"

func (b bound) any(namespace, name string) bool {
	return b.accounts[account{namespace, name}] || b.groups[accountsGroup] || b.groups[accountsGroup+":"+namespace]
}

func checkDefaultBound(p *rule.Pass) {
	eachBinding(p, func(b binding) {
		for i, s := range b.subjects {
			field := indexed("subjects", i)
			switch {
			case s.Kind == rbacv1.ServiceAccountKind && s.Name == defaultAccount:
				p.Report(b.Object, field, "%s %s is bound to the default account of namespace %s", b.role.Kind, b.role.Name, b.namespaceOf(s))
			case s.Kind == rbacv1.GroupKind && s.Name == accountsGroup:
				p.Report(b.Object, field, "%s %s is bound to every account of the cluster", b.role.Kind, b.role.Name)
			case s.Kind == rbacv1.GroupKind && strings.HasPrefix(s.Name, accountsGroup+":"):
				p.Report(b.Object, field, "%s %s is bound to every account of namespace %s", b.role.Kind, b.role.Name, strings.TrimPrefix(s.Name, accountsGroup+":"))
			}
		}
	})
}

var everyone = map[string]string{
	"system:authenticated": "everybody with any account", "system:unauthenticated": "everybody, without an account", "system:anonymous": "everybody, without an account",
}

// open are the roles that every cluster binds to everybody itself.
var open = []string{"system:public-info-viewer", "system:discovery", "system:basic-user", "system:service-account-issuer-discovery"}

func checkEveryoneBound(p *rule.Pass) {
	eachBinding(p, func(b binding) {
		if slices.Contains(open, b.role.Name) {
			return
		}
		for i, s := range b.subjects {
			if who := everyone[s.Name]; who != "" && s.Kind != rbacv1.ServiceAccountKind {
				p.Report(b.Object, indexed("subjects", i), "%s %s is bound to %s: %s", b.role.Kind, b.role.Name, s.Name, who)
			}
		}
	})
}

func checkClusterAdmin(p *rule.Pass) {
	eachBinding(p, func(b binding) {
		if b.role.Name != "cluster-admin" || b.role.Kind != "ClusterRole" || !b.cluster {
			return
		}
		for i, s := range b.subjects {
			// The default account is a finding of its own, people and groups of people may be administrators.
			if s.Kind == rbacv1.ServiceAccountKind && s.Name != defaultAccount {
				p.Report(b.Object, indexed("subjects", i), "account %s/%s is bound to cluster-admin", b.namespaceOf(s), s.Name)
			}
		}
	})
}

// standard are the roles that every cluster has, beside those whose names begin with system:.
var standard = []string{"cluster-admin", "admin", "edit", "view"}

// ofKube are the Roles that Kubernetes makes in its own namespaces.
func ofKube(name, namespace string) bool {
	return strings.HasPrefix(name, "system:") || name == "extension-apiserver-authentication-reader" || strings.HasPrefix(namespace, "kube-")
}

func checkBindings(p *rule.Pass) {
	made := known.OperatorsOf(p.Graph)
	eachBinding(p, func(b binding) {
		switch {
		case b.role.Kind == "Role" && !b.cluster && p.Find("Role", b.Namespace(), b.role.Name) == nil && !ofKube(b.role.Name, b.Namespace()):
			f := p.Report(b.Object, "roleRef.name", "Role %s is not in namespace %s", b.role.Name, b.Namespace())
			if p.Find("ClusterRole", "", b.role.Name) != nil || slices.Contains(standard, b.role.Name) {
				f.Advise("there is a ClusterRole of this name: set roleRef.kind to ClusterRole")
			}
			return
		case b.role.Kind == "ClusterRole" && p.Find("ClusterRole", "", b.role.Name) == nil && p.Find("Role", b.Namespace(), b.role.Name) != nil && !slices.Contains(standard, b.role.Name):
			f := p.Report(b.Object, "roleRef.kind", "%s is a Role of namespace %s, not a ClusterRole", b.role.Name, b.Namespace())
			if !b.cluster {
				f.Advise("set roleRef.kind to Role")
			}
			return
		}
		for i, s := range b.subjects {
			ns := b.namespaceOf(s)
			if s.Kind != rbacv1.ServiceAccountKind || s.Name == defaultAccount || p.Find("ServiceAccount", ns, s.Name) != nil || !describedHere(p, ns) || made.Make(ns, s.Name) {
				continue
			}
			p.Report(b.Object, indexed("subjects", i), "account %s is not in namespace %s", s.Name, ns)
		}
	})
}

// describedHere says that a namespace's accounts would be among the files: workloads of it are.
func describedHere(p *rule.Pass, namespace string) bool {
	return !strings.HasPrefix(namespace, "kube-") && len(p.InNamespace(namespace)) > 0
}
