package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// startOrder finds services that begin before what they need is there.
func (l *linter) startOrder(u *unit) {
	if u.isDatabase() {
		return
	}
	var missing []string
	for _, db := range l.units {
		if db != u && db.isDatabase() && l.uses(u, db) && u.svc.DependsOn[db.name].Condition != types.ServiceConditionHealthy && !l.behind(u, db) {
			missing = append(missing, fmt.Sprintf("%s is healthy (service_healthy)", db.name))
		}
	}
	if !u.looksLikeMigration() {
		for _, m := range l.units {
			if m != u && m.looksLikeMigration() && l.sharedDatabase(u, m) != nil && u.svc.DependsOn[m.name].Condition != types.ServiceConditionCompletedSuccessfully {
				missing = append(missing, fmt.Sprintf("%s has ended well (service_completed_successfully)", m.name))
			}
		}
	}
	if len(missing) == 0 {
		return
	}
	slices.Sort(missing)
	at := u.path("depends_on")
	if l.places.Root.Find(at...) == nil {
		at = u.base
	}
	l.say("compose-start-order", u, at, "does not wait until %s", strings.Join(missing, " and until "))
}

// behind says that a service waits for another that waits for the database.
func (l *linter) behind(u, db *unit) bool {
	for name, d := range u.svc.DependsOn {
		other := l.byName[name]
		if other != nil && other != db && d.Condition != types.ServiceConditionStarted && other.svc.DependsOn[db.name].Condition == types.ServiceConditionHealthy {
			return true
		}
	}
	return false
}
