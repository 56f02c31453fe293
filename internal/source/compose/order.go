package compose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/slipway-sh/slipway/internal/objects"
)

// addOrder writes down what each workload waits for. What depends_on says is carried; beyond that a job waits for what
// it depends on, and the users of a database wait for its migration, because anything else fails sooner or later.
func (c *compiler) addOrder() {
	waits := map[*unit]map[*unit]bool{}
	wait := func(u, other *unit) {
		if waits[u] == nil {
			waits[u] = map[*unit]bool{}
		}
		waits[u][other] = true
	}
	for _, u := range c.units {
		for _, name := range sortedKeys(u.svc.DependsOn) {
			other := c.byName[name]
			if other != nil && other.pod != u.pod && c.waits(u, other, u.svc.DependsOn[name].Condition) {
				wait(u.pod, other.pod)
			}
		}
	}
	c.checkCycle(waits)
	for _, u := range c.units {
		for _, m := range c.migrationsOf(u) {
			if !reaches(waits, m.pod, u.pod) && !waits[u.pod][m.pod] {
				wait(u.pod, m.pod)
				c.info(fmt.Sprintf("waits for %s, because both use %s", m.name, c.sharedDatabase(u, m).name), u.base...)
			}
		}
	}
	for u, others := range waits {
		if u.object == nil {
			continue
		}
		var after []string
		for o := range others {
			if o.object != nil && o.kind != "CronJob" {
				after = append(after, o.object.String())
			}
		}
		if len(after) == 0 {
			continue
		}
		slices.Sort(after)
		u.object.Annotate(objects.AfterAnnotation, strings.Join(after, ","))
		at := u.path("depends_on")
		if c.places.Root.Find(at...) == nil {
			at = u.base
		}
		u.object.SetOrigin("metadata.annotations", c.origin(at...))
	}
}

// waits decides what one entry of depends_on means. service_started alone asks for nothing but creation.
func (c *compiler) waits(u, other *unit, condition string) bool {
	at := u.path("depends_on", other.name)
	if c.places.Root.Find(at...) == nil {
		at = u.base
	}
	switch condition {
	case types.ServiceConditionHealthy, types.ServiceConditionCompletedSuccessfully:
		if condition == types.ServiceConditionHealthy && other.svc.HealthCheck == nil && !other.runsOnce() && len(other.ports) == 0 {
			c.warn(fmt.Sprintf("%s has no healthcheck: it counts as healthy once it runs", other.name), at...)
		}
		return true
	}
	switch {
	case u.runsOnce() && !other.runsOnce():
		c.info(fmt.Sprintf("waits until %s is ready, because a job that finds it missing fails", other.name), at...)
		return true
	case other.kind == "Job":
		c.info(fmt.Sprintf("waits until %s has ended well, because it is a job", other.name), at...)
		return true
	}
	return false
}

func (c *compiler) migrationsOf(u *unit) []*unit {
	var found []*unit
	if u.runsOnce() || u.isDatabase() {
		return nil
	}
	for _, m := range c.units {
		if m.kind == "Job" && m.looksLikeMigration() && c.sharedDatabase(u, m) != nil {
			found = append(found, m)
		}
	}
	return found
}

// sharedDatabase finds a database that both units speak to.
func (c *compiler) sharedDatabase(a, b *unit) *unit {
	for _, db := range c.units {
		if db != a && db != b && db.isDatabase() && c.uses(a, db) && c.uses(b, db) {
			return db
		}
	}
	return nil
}

// uses says whether a unit depends on a database, links it or names it in its environment.
func (c *compiler) uses(u, db *unit) bool {
	if _, ok := u.svc.DependsOn[db.name]; ok {
		return true
	}
	word := regexp.MustCompile(`(^|[^A-Za-z0-9_.-])` + regexp.QuoteMeta(db.name) + `($|[^A-Za-z0-9_.-])`)
	for k, v := range u.svc.Environment {
		if v != nil && word.MatchString(*v) && (*v != db.name || strings.Contains(strings.ToUpper(k), "HOST") || strings.Contains(strings.ToUpper(k), "SERVER") || strings.Contains(strings.ToUpper(k), "ADDR")) {
			return true
		}
	}
	return false
}

// checkCycle refuses pods that wait for each other, which several containers in one pod can bring about.
func (c *compiler) checkCycle(waits map[*unit]map[*unit]bool) {
	for _, u := range c.units {
		for _, o := range c.units {
			if waits[u][o] && reaches(waits, o, u) {
				c.refuse(fmt.Sprintf("the pods of %s and %s wait for each other; remove one of these dependencies", u.name, o.name), u.path("depends_on", o.name)...)
				return
			}
		}
	}
}

func reaches(waits map[*unit]map[*unit]bool, from, to *unit) bool {
	seen := map[*unit]bool{}
	var visit func(u *unit) bool
	visit = func(u *unit) bool {
		if u == to {
			return true
		}
		if seen[u] {
			return false
		}
		seen[u] = true
		for o := range waits[u] {
			if visit(o) {
				return true
			}
		}
		return false
	}
	return visit(from)
}
