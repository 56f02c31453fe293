package reading

import (
	"embed"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

// Cases are the files that test the rules, one each.
//
//go:embed cases/*.txtar
var Cases embed.FS

const (
	api       = "https://kubernetes.io/docs/reference/kubernetes-api/"
	fieldsDoc = "https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation"
	guide     = "https://kubernetes.io/docs/reference/using-api/deprecation-guide/"
	yamlSpec  = "https://yaml.org/spec/1.2.2/"
)

// Rules are the rules of this room.
var Rules = []*rule.Rule{
	{ID: "not-yaml", Severity: rule.Refused, Title: "A file is not YAML", Fixes: true,
		Why:    "Nothing of what it describes can be read, so nothing of it runs; a tool that skips it says nothing.",
		Advice: "correct the line; the message has the likely cause", Sources: []string{yamlSpec}},
	{ID: "ignored-wrongly", Severity: rule.Risk, Title: "A rule is ignored that does not exist, or without a reason",
		Why:    "Whoever reads it later cannot tell whether it still holds.",
		Advice: `name an existing rule, with the reason as the value: ignore.slipway.dev/RULE: "why"`},
}
