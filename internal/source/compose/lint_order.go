package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// startOrder reports a service that Docker Compose starts before what it needs is there.
func (l *linter) startOrder(u *unit) {
	var early []string
	for _, name := range sortedKeys(u.svc.DependsOn) {
		other := l.byName[name]
		if other == nil || other.pod == u.pod || u.svc.DependsOn[name].Condition != types.ServiceConditionStarted {
			continue
		}
		switch {
		case other.kind == "Job" && other.looksLikeMigration():
			early = append(early, name+" has only been started, not ended (condition: service_completed_successfully)")
		case other.isDatabase() && (other.svc.HealthCheck == nil || other.svc.HealthCheck.Disable):
			early = append(early, name+" has only been started and takes no connections yet (give it a healthcheck, and condition: service_healthy)")
		case other.isDatabase():
			early = append(early, name+" has only been started and takes no connections yet (condition: service_healthy)")
		}
	}
	for _, m := range l.migrationsOf(u) {
		if !l.dependsOn(u, m.name, map[string]bool{}) {
			early = append(early, m.name+" has prepared "+l.sharedDatabase(u, m).name+" (depends_on: "+m.name+": {condition: service_completed_successfully})")
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
	l.report("compose-start-order", u, fmt.Sprintf("starts before it can work: %s", beforeOrWhile(early)), at...)
}

// beforeOrWhile joins what is not there yet, each with what to write.
func beforeOrWhile(early []string) string {
	early = slices.Clone(early)
	for i, e := range early {
		if strings.Contains(e, " has prepared ") {
			early[i] = "it does not wait until " + e
		}
	}
	return strings.Join(early, "; ")
}

// dependsOn says that a service waits for another, itself or through others.
func (l *linter) dependsOn(u *unit, name string, seen map[string]bool) bool {
	for other := range u.svc.DependsOn {
		if other == name {
			return true
		}
		if o := l.byName[other]; o != nil && !seen[other] {
			seen[other] = true
			if l.dependsOn(o, name, seen) {
				return true
			}
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
