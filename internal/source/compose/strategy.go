package compose

import (
	"fmt"
	"math"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// strategy carries deploy.update_config. Without one an update starts a new pod before it stops an old one.
func (c *compiler) strategy(u *unit, d *appsv1.Deployment) {
	rolling := &appsv1.RollingUpdateDeployment{MaxUnavailable: ptr.To(intstr.FromInt32(0)), MaxSurge: ptr.To(intstr.FromString("25%"))}
	d.Spec.Strategy = appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: rolling}
	d.Spec.RevisionHistoryLimit = ptr.To(int32(revisions))
	if u.svc.Deploy != nil && u.svc.Deploy.UpdateConfig != nil {
		cfg := u.svc.Deploy.UpdateConfig
		at := u.path("deploy", "update_config")
		if cfg.Parallelism != nil {
			step := intstr.FromString("100%") // 0 is all at once
			if *cfg.Parallelism > 0 {
				step = intstr.FromInt32(int32(min(*cfg.Parallelism, math.MaxInt32))) //nolint:gosec // bounded
			}
			rolling.MaxSurge = &step
		}
		switch cfg.Order {
		case "", "start-first":
		case "stop-first":
			step := ptr.To(intstr.FromInt32(1))
			if cfg.Parallelism != nil {
				step = rolling.MaxSurge
			}
			rolling.MaxUnavailable, rolling.MaxSurge = step, ptr.To(intstr.FromInt32(0))
		default:
			c.refuse(fmt.Sprintf("%q is no order; start-first and stop-first are", cfg.Order), append(at, "order")...)
		}
		d.Spec.MinReadySeconds = seconds(max(time.Duration(cfg.Delay), time.Duration(cfg.Monitor)))
		c.failureAction(cfg.FailureAction, append(at, "failure_action"))
	}
	d.Spec.ProgressDeadlineSeconds = deadline(d)
}

// revisions are as many as a person would want to go back to.
const revisions = 5

// deadline gives an update longer than Kubernetes' ten minutes if its pods may take that long.
func deadline(d *appsv1.Deployment) *int32 {
	if need := startAllowance(&d.Spec.Template.Spec) + d.Spec.MinReadySeconds + 60; need > 600 {
		return &need
	}
	return nil
}

func (c *compiler) failureAction(action string, at []string) {
	switch action {
	case "", "rollback":
	case "pause":
		c.info("a failed update is rolled back by \"slipway up\", not left where it stopped", at...)
	case "continue":
		c.refuse("an update never goes on over pods that do not become ready; write rollback or pause", at...)
	default:
		c.refuse(fmt.Sprintf("%q is no failure action; rollback and pause are", action), at...)
	}
}

// ordered carries what of update_config a StatefulSet can do: one pod after the other, each stopped before it is
// replaced.
func (c *compiler) ordered(u *unit, s *appsv1.StatefulSet) {
	s.Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{Type: appsv1.RollingUpdateStatefulSetStrategyType}
	s.Spec.RevisionHistoryLimit = ptr.To(int32(revisions))
	if u.svc.Deploy == nil || u.svc.Deploy.UpdateConfig == nil {
		return
	}
	cfg := u.svc.Deploy.UpdateConfig
	at := u.path("deploy", "update_config")
	if cfg.Order == "start-first" {
		c.warn("keeps data of its own, so that the old pod must stop before the new one starts", append(at, "order")...)
	}
	if cfg.Parallelism != nil && *cfg.Parallelism != 1 {
		c.warn("pods with data of their own are updated one after the other", append(at, "parallelism")...)
	}
	s.Spec.MinReadySeconds = seconds(max(time.Duration(cfg.Delay), time.Duration(cfg.Monitor)))
	c.failureAction(cfg.FailureAction, append(at, "failure_action"))
}
