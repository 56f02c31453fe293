package compose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/slipway-sh/slipway/internal/source/compose/position"
)

// joinPods puts containers with network_mode: service:X into the pod of X.
func (c *compiler) joinPods() {
	for _, u := range c.units {
		owner, seen := u, map[string]bool{}
		for {
			name, ok := strings.CutPrefix(owner.svc.NetworkMode, types.ServicePrefix)
			if !ok {
				break
			}
			next := c.byName[name]
			if next == nil || seen[name] {
				c.refuse(fmt.Sprintf("the pod of %s cannot be joined: it is not in the project", name), owner.path("network_mode")...)
				break
			}
			seen[name] = true
			owner = next
		}
		u.pod = owner
		if owner == u {
			continue
		}
		owner.sidecars = append(owner.sidecars, u)
		if n := u.svc.GetScale(); n > 1 && int32(n) != owner.replicas() { //nolint:gosec // a count of replicas
			c.warn(fmt.Sprintf("is in the pod of %s and so runs %d times, as that does", owner.name, owner.replicas()), u.base...)
		}
	}
}

// migrations are words by which people call a service that prepares a database and ends.
var migrations = regexp.MustCompile(`(?i)(migrat|db-?seed|seed-?db|^seed(er)?$|init-?db|db-?init|flyway|liquibase|db-?setup|db-?prepare)`)

func (u *unit) looksLikeMigration() bool {
	return migrations.MatchString(u.name) || migrations.MatchString(imageName(u.svc.Image))
}

// classify decides which kind of workload each unit is.
func (c *compiler) classify() {
	awaited := map[string][]string{}
	for _, u := range c.units {
		for name, d := range u.svc.DependsOn {
			if d.Condition == types.ServiceConditionCompletedSuccessfully {
				awaited[name] = u.path("depends_on", name)
			}
		}
	}
	for _, u := range c.units {
		u.kind = c.kindOf(u, awaited[u.name])
		if u.pod != u {
			c.checkSidecar(u)
		}
	}
}

func (c *compiler) kindOf(u *unit, awaited []string) string {
	written := c.places.Root.Find(u.path("restart")...)
	policy := &types.RestartPolicy{}
	mode := ""
	if d := u.svc.Deploy; d != nil {
		mode = d.Mode
		if d.RestartPolicy != nil {
			policy = d.RestartPolicy
		}
	}
	switch {
	case u.triggers != nil || u.ext.Schedule != nil:
		return "CronJob"
	case mode == "replicated-job" || mode == "global-job":
		return "Job"
	case awaited != nil:
		if r := u.svc.Restart; r == types.RestartPolicyAlways || r == types.RestartPolicyUnlessStopped {
			c.warn(fmt.Sprintf("runs once, as a Job, because its end is waited for (%s); restart: %s is left out", c.origin(awaited...), r), u.path("restart")...)
		}
		return "Job"
	case written != nil && u.svc.Restart == types.RestartPolicyNo:
		return "Job"
	case policy.Condition == "none":
		return "Job"
	case written == nil && policy.Condition == "" && c.isMigration(u):
		u.inferred = true
		c.info("is run once, as a Job, because it looks like a migration and offers nothing to others; say restart: \"no\" to confirm, or restart: always if it is a server", u.base...)
		return "Job"
	}
	c.noteRestart(u, policy)
	if u.pod == u && c.isStateful(u) {
		return "StatefulSet"
	}
	return "Deployment"
}

func (c *compiler) isMigration(u *unit) bool {
	return u.looksLikeMigration() && u.pod == u && len(u.svc.Ports) == 0 && len(u.svc.Expose) == 0 && u.svc.HealthCheck == nil && len(u.routes) == 0
}

func (c *compiler) noteRestart(u *unit, policy *types.RestartPolicy) {
	if strings.HasPrefix(u.svc.Restart, types.RestartPolicyOnFailure) {
		c.info("is restarted whenever it ends, also without a failure; say restart: \"no\" if it is meant to end", u.path("restart")...)
	}
	if policy.Condition == types.RestartPolicyOnFailure {
		c.info("is restarted whenever it ends, also without a failure; say condition: none if it is meant to end", u.path("deploy", "restart_policy", "condition")...)
	}
	if policy.MaxAttempts != nil {
		c.warn("a service is restarted for as long as it is wanted; only the tries of a Job are counted", u.path("deploy", "restart_policy", "max_attempts")...)
	}
}

// isStateful says whether the pod keeps data of its own: it is a database, or alone writes a named volume.
func (c *compiler) isStateful(u *unit) bool {
	for _, s := range u.all() {
		if s.known != nil && s.known.data != "" {
			return true
		}
		if s.isDatabase() {
			return true
		}
		for _, m := range s.mounts {
			if c.ownClaim(u, m) {
				return true
			}
		}
	}
	return false
}

func (c *compiler) checkSidecar(u *unit) {
	switch {
	case u.runsOnce() && !u.pod.runsOnce():
		c.refuse(fmt.Sprintf("a container in the pod of %s is restarted with it and cannot be meant to end; use pre_start of %s, or give it its own network", u.pod.name, u.pod.name), u.path("network_mode")...)
	case len(u.routes) > 0 && u.pod.runsOnce():
		c.refuse("a job cannot have a route", u.base...)
	}
	u.kind = u.pod.kind
}

// mountsAt says whether an entry of volumes has that target.
func mountsAt(n *position.Node, target string) bool {
	if n.Kind == position.Map {
		t := n.Child("target")
		return t != nil && strings.TrimRight(t.Value, "/") == strings.TrimRight(target, "/")
	}
	return slices.Contains(strings.Split(n.Value, ":"), target)
}
