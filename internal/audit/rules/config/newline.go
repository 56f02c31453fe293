package config

import (
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

var credential = regexp.MustCompile(`(?i)pass|token|user|secret|login|api.?key|access.?key|dsn|url`)

// secretNewline finds credentials that end in a blank or a line's end and reach a program as a variable.
func secretNewline(p *rule.Pass) {
	seen := map[*objects.Object]bool{}
	p.Containers(func(c rule.Container) {
		for _, v := range known.Env(p.Graph, c.Workload, c.Container, c.Path) {
			if !v.Known || v.Source == "" || seen[v.Object] || !credential.MatchString(v.Field) && !credential.MatchString(v.Name) {
				continue
			}
			if _, ok := v.Object.Object.(*corev1.Secret); !ok {
				continue
			}
			rest := strings.TrimRight(v.Value, " \t\r\n")
			if rest == v.Value || rest == "" || strings.ContainsAny(rest, "\r\n") {
				continue
			}
			seen[v.Object] = true
			p.Report(v.Object, v.Field, "the value that container %s gets as %s ends in %s", c.Name, v.Name, ending(v.Value[len(rest):]))
		}
	})
}

func ending(s string) string {
	if strings.Contains(s, "\n") {
		return "a line's end"
	}
	return "a blank"
}
