package compose

import (
	"fmt"

	"github.com/compose-spec/compose-go/v2/types"
)

// restartedMigration reports a service that prepares a database and is started again whenever it has ended.
func (l *linter) restartedMigration(u *unit) {
	policy := u.svc.Restart
	if policy != types.RestartPolicyAlways && policy != types.RestartPolicyUnlessStopped || !u.prepares() && !l.awaited(u) {
		return
	}
	l.report("compose-migration-restarted", u, fmt.Sprintf("is to end, and restart: %s starts it again each time", policy), u.path("restart")...)
}

// prepares says that a service prepares a database and has nothing to offer others.
func (u *unit) prepares() bool {
	return u.looksLikeMigration() && !u.isDatabase() && len(u.svc.Ports) == 0 && len(u.svc.Expose) == 0 && u.svc.HealthCheck == nil && len(u.routes) == 0
}

// awaited says that another service waits for its end.
func (l *linter) awaited(u *unit) bool {
	for _, o := range l.units {
		if o.svc.DependsOn[u.name].Condition == types.ServiceConditionCompletedSuccessfully {
			return true
		}
	}
	return false
}
