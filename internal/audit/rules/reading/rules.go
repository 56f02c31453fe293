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
	yamlSpec  = "https://yaml.org/spec/1.2.2/"
	strict    = "https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation"
	guide     = "https://kubernetes.io/docs/reference/using-api/deprecation-guide/"
	reference = "https://kubernetes.io/docs/reference/kubernetes-api/"
	objectDoc = "https://kubernetes.io/docs/concepts/overview/working-with-objects/"
)

// Rules are the rules of this room.
var Rules = append(append(append(textRules, apiRules...), otherRules...), toolRules...)

// textRules are about texts that are not what their author meant.
var textRules = []*rule.Rule{
	{ID: "not-yaml", Severity: rule.Refused, Title: "A text is not YAML", Fixes: true,
		Why:     "Nothing of what it describes can be read, so nothing of it runs; a tool that skips it says nothing.",
		Advice:  "correct the line; the message has the likely cause",
		Sources: []string{yamlSpec}},
	{ID: "typographic-characters", Severity: rule.Refused, Title: "Characters of a word processor stand where YAML wants plain ones", Fixes: true,
		Why:     "A non-breaking space is no space to YAML and a curly quote no quote: keys get other names, values other content, or the file cannot be read at all. They come from copying out of a web page, and are not to be seen.",
		Advice:  "put plain spaces and straight quotes in their place",
		Sources: []string{yamlSpec + "#55-white-space-characters"}},
	{ID: "tab-indentation", Severity: rule.Refused, Title: "A line is indented with a tab", Fixes: true,
		Why:     "YAML forbids tabs in indentation; the file cannot be read.",
		Advice:  "indent with spaces",
		Sources: []string{yamlSpec + "#61-indentation-spaces"}},
	{ID: "bad-indentation", Severity: rule.Refused, Title: "The indentation says something else than was meant", Fixes: true,
		Why:     "In YAML the indentation is the structure: the file cannot be read, or a field belongs to something else.",
		Advice:  "align the keys that belong together",
		Sources: []string{yamlSpec + "#61-indentation-spaces"}},
	{ID: "template", Severity: rule.Refused, Title: "A file is a template, not a manifest",
		Why:     "Its placeholders have no values, and an API server takes none. What stands around them was judged with stand-ins.",
		Advice:  "render it first, and give what comes out; a Helm chart is rendered if its folder is given",
		Sources: []string{"https://helm.sh/docs/chart_template_guide/"}},
	{ID: "duplicate-key", Severity: rule.Refused, Title: "A key is written twice in the same mapping",
		Why:     "Only one of the two counts, silently in most tools; a server that checks fields strictly refuses it.",
		Advice:  "keep one of them",
		Sources: []string{strict}},
	{ID: "fragment", Severity: rule.Refused, Title: "A document is only a piece of an object",
		Why:     "Without apiVersion and kind it cannot be applied; in a folder it makes the whole command fail.",
		Advice:  "put it into the object that it belongs to",
		Sources: []string{objectDoc}},
}

// apiRules are what an API server says of one object.
var apiRules = []*rule.Rule{
	{ID: "removed-api", Severity: rule.Refused, Title: "The API version is no longer served", Fixes: true,
		Why:     "A current API server does not know it: the object is not created, and after an upgrade of the cluster it cannot be changed any more.",
		Advice:  "use the current version",
		Sources: []string{guide}},
	{ID: "required-by-current-api", Severity: rule.Refused, Title: "The current API version wants a field that the old one let be missing", Fixes: true,
		Why:     "Writing the new apiVersion alone is not enough: the server refuses the object, because what was a default then must be said now.",
		Advice:  "write the field",
		Sources: []string{guide}},
	{ID: "field-of-old-version", Severity: rule.Refused, Title: "A field is that of an older API version than the object says it is", Fixes: true,
		Why:     "Only the first line was brought up to date; the server does not know the field.",
		Advice:  "write it as the current version has it",
		Sources: []string{guide}},
	{ID: "deprecated-api", Severity: rule.Risk, Title: "The API version is deprecated",
		Why:     "It will be removed; then the object is refused.",
		Advice:  "use the version that replaces it",
		Sources: []string{guide}},
	{ID: "unknown-kind", Severity: rule.Refused, Title: "A kind is one that the API does not have", Fixes: true,
		Why:     "The server answers that it has no such resource. A kind of an operator is there only once its definition was installed.",
		Advice:  "correct the apiVersion or kind, or install the definition first (give the script that does it with --with)",
		Sources: []string{"https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/custom-resources/"}},
	{ID: "missing-field", Severity: rule.Refused, Title: "A field is missing without which there is no object",
		Why:     "The server cannot tell what or which object it is.",
		Advice:  "write it",
		Sources: []string{objectDoc}},
	{ID: "unknown-field", Severity: rule.Refused, Title: "A field is none of the object's", Fixes: true,
		Why:     "kubectl and this program have fields checked strictly, and the server refuses it. Where they are not checked, it is dropped in silence, and what it was to say does not happen.",
		Advice:  "correct its name, put it where it belongs, or leave it out",
		Sources: []string{strict}},
	{ID: "wrong-type", Severity: rule.Refused, Title: "A value is of another type than the field", Fixes: true,
		Why:     "The server cannot read the object. The usual cause is YAML, which takes a bare yes for a truth value and a bare 8080 for a number.",
		Advice:  "write a value of the type that the field has",
		Sources: []string{reference}},
	{ID: "invalid", Severity: rule.Refused, Title: "A value is not allowed", Check: invalid,
		Why:     "The server judges every object before it keeps it, and does not keep this one.",
		Advice:  "correct the value as the message says",
		Sources: []string{reference}},
	{ID: "immutable-change", Severity: rule.Refused, Title: "A field is changed that cannot be changed", Check: immutable,
		Why:     "The update is refused, and everything else in it with it; the way round it is to delete the object and make it anew, which ends what runs.",
		Advice:  "give the object another name, or plan its deletion",
		Sources: []string{"https://kubernetes.io/docs/concepts/overview/working-with-objects/"}},
}

// otherRules are about what is said to the audit itself.
var otherRules = []*rule.Rule{
	{ID: "ignored-wrongly", Severity: rule.Risk, Title: "What is said to be ignored is not there, or has no reason", Check: ignoredWrongly,
		Why:    "Whoever reads it later cannot tell whether it still holds, and it may hide the next fault.",
		Advice: `name an existing rule, with the reason as the value: ignore.slipway.dev/RULE: "why"; remove what is no longer needed`},
}
