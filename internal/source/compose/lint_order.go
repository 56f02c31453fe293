package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// startOrder reports a service that Docker Compose starts before what it needs is there.
func (l *linter) startOrder(u *unit) {
	if u.isDatabase() && u.servesData() || slices.Contains(l.proxies, u) {
		return
	}
	var early []string
	for _, db := range l.units {
		if db.pod == u.pod || !db.isDatabase() || db.runsOnce() || !l.uses(u, db) || l.waitsFor(u, db, types.ServiceConditionHealthy, 0) {
			continue
		}
		with := ""
		if h := db.svc.HealthCheck; h == nil || h.Disable {
			with = ", which needs a healthcheck"
		}
		early = append(early, fmt.Sprintf("%s is healthy (service_healthy%s)", db.name, with))
	}
	for _, m := range l.migrationsOf(u) {
		if m.pod != u.pod && !l.waitsFor(u, m, types.ServiceConditionCompletedSuccessfully, 0) {
			early = append(early, m.name+" has ended well (service_completed_successfully)")
		}
	}
	if len(early) == 0 {
		return
	}
	at := u.base
	for _, key := range []string{"links", "depends_on"} {
		if l.places.Root.Find(u.path(key)...) != nil {
			at = u.path(key)
		}
	}
	l.report("compose-start-order", u, "does not wait until "+strings.Join(early, " and until "), at...)
}

// deepest is how many services one may wait through for another.
const deepest = 10

// waitsFor says that a service waits until another is as the condition says, itself or through one that does.
func (l *linter) waitsFor(u, other *unit, condition string, depth int) bool {
	for _, name := range sortedKeys(u.svc.DependsOn) {
		d := u.svc.DependsOn[name]
		if name == other.name {
			if d.Condition == condition {
				return true
			}
			continue
		}
		next := l.byName[name]
		if next != nil && depth < deepest && d.Condition != types.ServiceConditionStarted && l.waitsFor(next, other, condition, depth+1) {
			return true
		}
	}
	return false
}

// restartPolicies reports the services that stay down once they ended.
func (l *linter) restartPolicies() {
	var without []string
	var first *unit
	for _, u := range l.everyone() {
		if u.runsOnce() || l.places.Root.Find(u.path("restart")...) != nil || u.svc.Restart != "" || u.svc.Deploy != nil && u.svc.Deploy.RestartPolicy != nil {
			continue
		}
		if without = append(without, u.name); first == nil {
			first = u
		}
	}
	if first == nil {
		return
	}
	verb := " have"
	if len(without) == 1 {
		verb = " has"
	}
	p := l.problem("compose-no-restart-policy", "project "+l.project.Name, strings.Join(without, ", ")+verb+" no restart policy", first.base...)
	l.found = append(l.found, p)
}
