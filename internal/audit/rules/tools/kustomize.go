package tools

import "github.com/slipway-sh/slipway/internal/audit/rule"

const kustomization = "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/"

// kustomizeRules are about kustomizations.
var kustomizeRules = []*rule.Rule{
	{ID: "kustomization-broken", Severity: rule.Refused, Title: "A kustomization cannot be built",
		Why:     "Kustomize stops at the first mistake, such as a field it does not know, a file that is not there or a patch without a target, and nothing of the folder is applied.",
		Advice:  "correct the kustomization at this place; kubectl kustomize FOLDER stops at the same mistake",
		Sources: []string{kustomization}},
	{ID: "kustomization-deprecated-field", Severity: rule.Risk, Title: "A field of a kustomization is deprecated", Fixes: true,
		Why:     "Kustomize warns of it in every build, and the next version of the format does not have it.",
		Advice:  "write the field that takes its place",
		Sources: []string{kustomization + "patchesstrategicmerge/"}},
}
