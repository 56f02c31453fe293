package security

import "github.com/slipway-sh/slipway/internal/audit/rule"

var accessRules = []*rule.Rule{
	{ID: "mounted-token", Severity: rule.Risk, Title: "A pod carries an API token that nothing in it uses", Fixes: true,
		Why:     "Whoever can read one file in the container speaks to the API server as this account, and gets every right that anybody ever binds to it.",
		Advice:  "set automountServiceAccountToken: false in the pod, or bind the rights it needs to an account of its own",
		Sources: []string{k8sDocs + "tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting"}, Check: checkToken},
	{ID: "default-account-bound", Severity: rule.Risk, Title: "Rights are bound to the account of all pods of a namespace",
		Why:     "Every pod that names no account has them, also the next one that somebody adds.",
		Advice:  "make a ServiceAccount for the one program that needs the rights, and bind them to that",
		Sources: []string{rbacGood, rbacDoc}, Check: checkDefaultBound},
	{ID: "everyone-bound", Severity: rule.Risk, Title: "Rights are bound to everybody who reaches the API server",
		Why:     "Anonymous callers, or everybody with any account, have them; an API server on the Internet has given them to the Internet.",
		Advice:  "bind them to the ServiceAccounts or groups that need them",
		Sources: []string{rbacGood, rbacDoc + "#discovery-roles"}, Check: checkEveryoneBound},
	{ID: "cluster-admin-bound", Severity: rule.Risk, Title: "A ServiceAccount is administrator of the cluster",
		Why:     "One hole in one pod and the whole cluster with all its namespaces is lost.",
		Advice:  "bind a Role with the verbs and resources that the program uses",
		Sources: []string{rbacGood, rbacDoc + "#user-facing-roles"}, Check: checkClusterAdmin},
	{ID: "rbac-wildcard", Severity: rule.Risk, Title: "A role grants everything, or the means to get it",
		Why:     "Its holder can read all secrets, or give itself the rights that it lacks.",
		Advice:  "list the verbs and resources that are used",
		Sources: []string{rbacGood, rbacDoc + "#privilege-escalation-prevention-and-bootstrapping"}, Check: checkWildcards},
	{ID: "binding-to-nothing", Severity: rule.Broken, Title: "A binding names a role or an account that is not there",
		Why:     "The API server takes it and nobody gets any right: the program starts, and every call of it is forbidden.",
		Advice:  "correct the name or the namespace, or describe what is missing",
		Sources: []string{rbacDoc + "#rolebinding-and-clusterrolebinding"}, Check: checkBindings},
}
