package image

import (
	"strings"

	"github.com/distribution/reference"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

// name is an image's name in its parts.
type name struct {
	domain, path, tag string
	digest            bool
	familiar          string // as people write it, without tag: traefik, quay.io/keycloak/keycloak
}

// parse takes a name apart; ok is false for what is no name, such as a template's place.
func parse(image string) (n name, ok bool) {
	ref, err := reference.ParseNormalizedNamed(strings.TrimSpace(image))
	if err != nil {
		return n, false
	}
	n = name{domain: reference.Domain(ref), path: reference.Path(ref), familiar: reference.FamiliarName(ref)}
	if t, tagged := ref.(reference.Tagged); tagged {
		n.tag = t.Tag()
	}
	_, n.digest = ref.(reference.Digested)
	return n, true
}

// each visits the images of all containers, but for those that are built here.
func each(p *rule.Pass, visit func(rule.Container, name)) {
	built := map[string]bool{}
	for _, b := range p.Application().Builds {
		built[b.Ref] = true
	}
	p.Containers(func(c rule.Container) {
		if c.Image == "" || built[c.Image] {
			return
		}
		if n, ok := parse(c.Image); ok {
			visit(c, n)
		}
	})
}
