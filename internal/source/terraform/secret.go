package terraform

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

var (
	// keyAttributes are the provider arguments that take the content of a key.
	keyAttributes = []string{"credentials", "private_key", "client_secret", "client_key"}
	keyFile       = regexp.MustCompile(`(?i)(credential|service[-_.]?account|account[-_.]?key|(^|[-_.])key\.|secret|keyfile).*\.(json|pem|p12|key)$|(credential|secret|key)\.(json|pem|p12)$`)
	anyKeyFile    = regexp.MustCompile(`(?i)\.(json|pem|p12|key)$`)
	secretName    = regexp.MustCompile(`(?i)(^|[-_.])(password|passwd|pwd|passphrase|secret_?key|secret_string|client_secret|shared_secret|access_key|private_key|api_?key|token|connection_string)$`)
	// reference is a value that names where the secret is kept.
	reference   = regexp.MustCompile(`(?i)^(arn:|projects/|vault:|ssm:|kubernetes:|/|https?://[^@]*$|\{\{)`)
	placeholder = regexp.MustCompile(`(?i)^(<.*>|\*+|x{3,}|\.{2,}|…|null|none|true|false)?$`)
)

func checkCredentialFiles(m *module) {
	for _, b := range m.blocks {
		switch b.Type {
		case "provider":
			for _, name := range keyAttributes {
				if a := b.attr(name); a != nil {
					m.keyArgument(b, a)
				}
			}
		case "variable":
			a := b.attr("default")
			if a == nil {
				continue
			}
			if s, ok := literal(a.Expr); ok && keyFile.MatchString(path.Base(s)) {
				m.report("terraform-key-file-default", b, a.SrcRange, "default",
					fmt.Sprintf("the default is a key file beside the code, %q, which is soon in the repository and in every copy of it", s),
					"Give the variable no default; sign in with the environment (application default credentials, a role, workload identity) where Terraform runs.")
			}
		}
	}
}

func (m *module) keyArgument(b block, a *hclsyntax.Attribute) {
	what := ""
	_ = hclsyntax.VisitAll(a.Expr, func(n hclsyntax.Node) diags {
		if call, ok := n.(*hclsyntax.FunctionCallExpr); ok && strings.HasPrefix(call.Name, "file") && len(call.Args) == 1 {
			what = "a key file"
			if s, exact := m.text(call.Args[0]); exact && s != "" {
				what = fmt.Sprintf("the key file %q", s)
			}
		}
		return nil
	})
	if s, exact := m.text(a.Expr); what == "" && exact && anyKeyFile.MatchString(s) {
		what = fmt.Sprintf("the key file %q", s)
	}
	if what != "" {
		m.report("terraform-credentials-file", b, a.SrcRange, a.Name,
			"the provider signs in with "+what+", a credential that never expires and that everybody who runs this must have on disk",
			"Remove the argument; the provider then uses the environment: application default credentials, a role, workload identity federation in CI.")
	}
}

func checkLiteralSecrets(m *module) {
	for _, b := range m.blocks {
		switch b.Type {
		case "variable":
			a := b.attr("default")
			if a == nil || !secretName.MatchString(b.label(0)) {
				continue
			}
			if s, ok := literal(a.Expr); ok && isSecret(s) {
				m.literalSecret(b, a.Expr, "default")
			}
		case "resource", "provider", "module", "data", "locals", "ephemeral":
			m.secretsIn(b, b.Body, "")
		}
	}
	for _, f := range m.files {
		if f.body != nil && strings.HasSuffix(f.name, ".tfvars") {
			m.secretsIn(block{file: f}, f.body, "")
		}
	}
}

func (m *module) secretsIn(b block, body *hclsyntax.Body, at string) {
	for _, a := range sorted(body) {
		m.secretValue(b, a.Name, a.Expr, join(at, a.Name))
	}
	if name, value := body.Attributes["name"], body.Attributes["value"]; name != nil && value != nil {
		if s, ok := literal(name.Expr); ok {
			m.secretValue(b, s, value.Expr, join(at, "value"))
		}
	}
	for _, inner := range body.Blocks {
		m.secretsIn(b, inner.Body, join(at, inner.Type))
	}
}

// secretValue looks at the value of something named, and within maps and lists at everything that has a name there.
func (m *module) secretValue(b block, name string, e hclsyntax.Expression, at string) {
	switch e := e.(type) {
	case *hclsyntax.TemplateExpr:
		if s, ok := literal(e); ok && secretName.MatchString(name) && isSecret(s) {
			m.literalSecret(b, e, at)
		}
	case *hclsyntax.ParenthesesExpr:
		m.secretValue(b, name, e.Expression, at)
	case *hclsyntax.TupleConsExpr:
		for _, x := range e.Exprs {
			m.secretValue(b, name, x, at)
		}
	case *hclsyntax.FunctionCallExpr:
		for _, x := range e.Args {
			m.secretValue(b, name, x, at)
		}
	case *hclsyntax.ObjectConsExpr:
		named := ""
		for _, item := range e.Items {
			if key, ok := m.key(item.KeyExpr); ok && key == "name" {
				named, _ = literal(item.ValueExpr)
			}
		}
		for _, item := range e.Items {
			key, ok := m.key(item.KeyExpr)
			if !ok {
				continue
			}
			inner := key
			if key == "value" && named != "" {
				inner = named
			}
			m.secretValue(b, inner, item.ValueExpr, join(at, key))
		}
	}
}

// key is the key of a map as written.
func (m *module) key(e hclsyntax.Expression) (string, bool) {
	k, ok := e.(*hclsyntax.ObjectConsKeyExpr)
	if !ok {
		return "", false
	}
	if t, ok := k.Wrapped.(*hclsyntax.ScopeTraversalExpr); ok && !k.ForceNonLiteral {
		return t.Traversal.RootName(), len(t.Traversal) == 1
	}
	return m.text(k.Wrapped)
}

func isSecret(s string) bool {
	return !placeholder.MatchString(s) && !reference.MatchString(s)
}

func (m *module) literalSecret(b block, e hclsyntax.Expression, at string) {
	m.report("terraform-literal-secret", b, e.Range(), at,
		"a secret is written in plain text, and is from then on in the repository and in the state",
		"Take it from a secret store (a data source or an ephemeral resource) or from a sensitive variable without default.")
}

func checkSensitiveVariables(m *module) {
	for _, b := range m.blocks {
		if b.Type != "variable" || !secretName.MatchString(b.label(0)) || b.has("sensitive") || b.has("ephemeral") {
			continue
		}
		if t := b.attr("type"); t != nil && b.file.source(t.Expr.Range()) != "string" {
			continue
		}
		m.report("terraform-secret-not-sensitive", b, b.DefRange(), "sensitive",
			"the variable holds a secret and is not marked as one, so that plans and logs show its value",
			"Add sensitive = true.")
	}
}
