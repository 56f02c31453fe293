package compose

import (
	"slices"
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/compose/position"
)

// linter looks at a compiled project for what its objects no longer show: what is wrong as Docker Compose runs it, and
// what was left out with a proxy. What the objects show is said by audit's rules, and not a second time here.
type linter struct {
	*compiler
	found []objects.Problem
}

// lint lists what only the text shows. The project may have been refused; then nothing else speaks of it.
func lint(c *compiler) []objects.Problem {
	l := &linter{compiler: c, found: c.legacy()}
	for _, u := range l.everyone() {
		for _, look := range []func(*unit){l.credentials, l.publishedPorts, l.losesData, l.startOrder, l.hiddenConfig, l.sourceMounted, l.scaledPort,
			l.quotes, l.unknownHosts, l.machinePorts, l.restartedMigration, l.anonymousVolumes} {
			look(u)
		}
	}
	for _, u := range c.proxies {
		for _, look := range []func(*unit){l.socket, l.oldTraefik, l.debugLog, l.proxyTag} {
			look(u)
		}
	}
	l.restartPolicies()
	return l.found
}

// everyone are all units, proxies that were left out among them, by name.
func (l *linter) everyone() []*unit {
	all := slices.Concat(l.units, l.proxies)
	slices.SortFunc(all, func(a, b *unit) int { return strings.Compare(a.name, b.name) })
	return all
}

// compiled says that the unit's objects are there for audit's rules to judge.
func (l *linter) compiled(u *unit) bool {
	return len(l.problems) == 0 && !slices.Contains(l.proxies, u)
}

func (l *linter) report(rule string, u *unit, text string, path ...string) {
	l.found = append(l.found, l.problem(rule, strings.TrimSuffix(u.base[0], "s")+" "+u.name, text, path...))
}

func (r *reader) problem(rule, object, text string, path ...string) objects.Problem {
	at := r.origin(path...)
	return objects.Problem{Rule: rule, Origin: at, Object: object, Field: position.Join(path...), Text: text}
}
