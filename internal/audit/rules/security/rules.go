package security

import (
	"embed"
	"slices"
)

// Cases are the files that test the rules, one each.
//
//go:embed cases/*.txtar
var Cases embed.FS

const (
	k8sDocs    = "https://kubernetes.io/docs/"
	standards  = k8sDocs + "concepts/security/pod-security-standards/"
	contextDoc = k8sDocs + "tasks/configure-pod-container/security-context/"
	rbacDoc    = k8sDocs + "reference/access-authn-authz/rbac/"
	rbacGood   = k8sDocs + "concepts/security/rbac-good-practices/"
	secretGood = k8sDocs + "concepts/security/secrets-good-practices/"
)

// Rules are the rules of this room.
var Rules = slices.Concat(credentialRules, containerRules, nodeRules, accessRules, namespaceRules, edgeRules)
