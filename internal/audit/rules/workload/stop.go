package workload

import (
	"slices"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
)

const endDoc = docs + "concepts/workloads/pods/pod-lifecycle/#pod-termination"

var stopping = []*rule.Rule{
	{ID: "no-graceful-stop", Severity: rule.Risk, Title: "A server that people reach from outside is ended while it is still sent requests",
		Why: "A pod is told to stop at the same moment as the ingress is told not to send to it any more. Whoever is sent to it in the second between gets an error, " +
			"with every release and every drained node.",
		Advice:  "let the container wait before it stops: lifecycle.preStop.sleep.seconds: 5",
		Sources: []string{endDoc, "https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/3960-pod-lifecycle-sleep-action"}, Check: noGracefulStop},
	{ID: "no-time-to-stop", Severity: rule.Risk, Title: "A pod is killed before it could stop in order",
		Why:     "Requests in flight fail, and a database recovers from its log, or from a backup.",
		Advice:  "leave terminationGracePeriodSeconds at 30, or set it above what the preStop hook and the program need together",
		Compose: "set stop_grace_period to what the program needs to stop",
		Sources: []string{endDoc}, Check: noTimeToStop},
}

func noGracefulStop(p *rule.Pass) {
	reached := outside(p)
	for _, w := range p.Workloads() {
		if known.Composed(w.Object) || !slices.ContainsFunc(p.ServicesOf(w), reached) || side(w) {
			continue
		}
		if d, ok := w.Object.Object.(*appsv1.Deployment); ok {
			if volume, _ := held(p, w); d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType || volume != "" {
				continue // nobody is served during an update anyhow
			}
		}
		servers := serving(p, w)
		if _, db := known.Database(w.Pod); db != nil || len(servers) == 0 || slices.ContainsFunc(servers, waits) {
			continue
		}
		c := servers[0]
		p.Report(w.Object, c.Path+".lifecycle", "container %s is told to stop while requests still arrive: it has no preStop hook", c.Name).
			Show("lifecycle:\n  preStop:\n    sleep:\n      seconds: 5")
	}
}

func waits(c rule.Container) bool { return c.Lifecycle != nil && c.Lifecycle.PreStop != nil }

// grace is how long pods have to stop where nothing is said.
const grace = 30

func noTimeToStop(p *rule.Pass) {
	for _, w := range p.Workloads() {
		if !known.Runs(w) || w.Given {
			continue
		}
		seconds := int64(grace)
		if g := w.Pod.TerminationGracePeriodSeconds; g != nil {
			seconds = *g
		}
		if seconds == 0 {
			p.Report(w.Object, w.Path+".terminationGracePeriodSeconds", "is killed at once, without being told to stop")
			continue
		}
		rule.EachContainer(w, func(c rule.Container) {
			if c.Lifecycle == nil || c.Lifecycle.PreStop == nil {
				return
			}
			if n := slept(c.Lifecycle.PreStop); n >= seconds {
				p.Report(w.Object, c.Path+".lifecycle.preStop", "container %s waits %d seconds in its preStop hook, and is killed after %d", c.Name, n, seconds)
			}
		})
	}
}

// slept is how long a hook waits, as far as it can be seen.
func slept(h *corev1.LifecycleHandler) int64 {
	if h.Sleep != nil {
		return h.Sleep.Seconds
	}
	if h.Exec == nil {
		return 0
	}
	if m := sleeping.FindStringSubmatch(words(h.Exec.Command)); m != nil {
		n, _ := strconv.ParseInt(m[1], 10, 64)
		return n
	}
	return 0
}
