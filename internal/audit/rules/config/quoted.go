package config

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// quotedValue finds environment variables whose value has quotes of its own around it.
func quotedValue(p *rule.Pass) {
	seen, told := map[place]bool{}, map[objects.Origin]bool{}
	for _, pr := range p.Application().Problems {
		if pr.Rule == "quoted-value" { // by a reader, which can mend its text
			told[pr.Origin] = true
		}
	}
	p.Containers(func(c rule.Container) {
		for _, v := range known.Env(p.Graph, c.Workload, c.Container, c.Path) {
			inner, ok := unquoted(v.Value)
			if !ok || !v.Known || seen[place{v.Object, v.Field}] || told[v.Object.OriginOf(v.Field)] {
				continue
			}
			seen[place{v.Object, v.Field}] = true
			if _, secret := v.Object.Object.(*corev1.Secret); secret {
				p.Report(v.Object, v.Field, "the value of %s has quotes in it, which the program will see", v.Name)
				continue
			}
			p.Report(v.Object, v.Field, "%s is %s with the quotes, which the program will see", v.Name, v.Value).Set(v.Field, inner)
		}
	})
}

// unquoted takes the quotes from a value that has them at both ends and nowhere else.
func unquoted(s string) (string, bool) {
	if len(s) < 3 || s[0] != '\'' && s[0] != '"' || s[len(s)-1] != s[0] {
		return "", false
	}
	inner := s[1 : len(s)-1]
	return inner, !strings.ContainsAny(inner, `'"\`) && strings.TrimSpace(inner) == inner
}
