package workload

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
)

const probeDoc = docs + "concepts/configuration/liveness-readiness-startup-probes/"

var probes = []*rule.Rule{
	{ID: "no-readiness-probe", Severity: rule.Risk, Title: "A server has no readiness probe",
		Why:     "Its pods get requests from the moment their process starts, before they can answer, and go on getting them when they no longer can. Every update loses requests.",
		Advice:  "add a readinessProbe that asks what a user would ask",
		Compose: "give the service a healthcheck",
		Sources: []string{probeDoc}, Check: noReadinessProbe},
	{ID: "liveness-same-as-readiness", Severity: rule.Risk, Title: "A liveness probe is the same as the readiness probe",
		Why:     "A pod that is merely slow, under load or because a database is, is restarted in the moment in which it should only be given fewer requests; then so are its neighbours.",
		Advice:  "let the liveness probe ask only whether the process answers at all, with a higher failureThreshold, or leave it out",
		Sources: []string{probeDoc + "#liveness-probe", docs + "tasks/configure-pod-container/configure-liveness-readiness-startup-probes/"}, Check: livenessSameAsReadiness},
	{ID: "no-time-to-start", Severity: rule.Risk, Title: "A program that starts slowly has no startup probe",
		Why:     "A liveness probe kills it before it has started, again and again, in the worst case amid the migration of its database.",
		Advice:  "add a startupProbe whose failureThreshold × periodSeconds is more than the longest start",
		Compose: "set healthcheck.start_period to more than the longest start",
		Sources: []string{probeDoc + "#startup-probe"}, Check: noTimeToStart},
	{ID: "probe-shows-password", Severity: rule.Risk, Title: "A probe has a password on a command line",
		Why:     "Whoever may list processes, on the node or in the pod, reads it: every few seconds, for as long as the application runs.",
		Advice:  "let the program read it from its environment (MYSQL_PWD, PGPASSWORD, REDISCLI_AUTH) or from a file, or ask by a user without a password",
		Sources: []string{"https://dev.mysql.com/doc/refman/8.4/en/password-security-user.html", "https://redis.io/docs/latest/develop/tools/cli/"}, Check: probeShowsPassword},
}

func noReadinessProbe(p *rule.Pass) {
	reached := outside(p)
	for _, w := range p.Workloads() {
		for _, c := range serving(p, w) {
			if c.ReadinessProbe != nil {
				if compiled(c) && slices.ContainsFunc(p.ServicesOf(w), reached) {
					p.Report(w.Object, c.Path+".readinessProbe", "container %s has no healthcheck: it is sent requests as soon as its port is open", c.Name)
				}
				continue
			}
			what := "no readiness probe"
			if c.LivenessProbe == nil && c.StartupProbe == nil {
				what = "no probes"
			}
			f := p.Report(w.Object, c.Path+".readinessProbe", "container %s is sent requests and has %s", c.Name, what)
			if !known.Composed(w.Object) {
				f.Show(aProbe(c.Container))
			}
		}
	}
}

// compiled says that a probe is the one that a service of a Compose project gets without a healthcheck.
func compiled(c rule.Container) bool {
	return known.Composed(c.Workload.Object) && c.ReadinessProbe.TCPSocket != nil && c.LivenessProbe == nil && known.Of(c.Image) == nil
}

func aProbe(c *corev1.Container) string {
	port := "8080"
	if len(c.Ports) > 0 {
		port = fmt.Sprint(c.Ports[0].ContainerPort)
		if c.Ports[0].Name != "" {
			port = c.Ports[0].Name
		}
	}
	if prog := known.Of(c.Image); prog != nil && prog.Database {
		return "readinessProbe:\n  tcpSocket:\n    port: " + port + "\n  periodSeconds: 5"
	}
	return "readinessProbe:\n  httpGet:\n    path: /healthz\n    port: " + port + "\n  periodSeconds: 5"
}

// patience is how many seconds a probe may fail before something happens.
func patience(b *corev1.Probe) int {
	failures, period := int(b.FailureThreshold), int(b.PeriodSeconds)
	if failures == 0 {
		failures = 3
	}
	if period == 0 {
		period = 10
	}
	return failures * period
}

func livenessSameAsReadiness(p *rule.Pass) {
	p.Containers(func(c rule.Container) {
		l, r := c.LivenessProbe, c.ReadinessProbe
		if l == nil || r == nil || !reflect.DeepEqual(l.ProbeHandler, r.ProbeHandler) || patience(l) > patience(r) || known.Composed(c.Workload.Object) {
			return
		}
		if l.Exec == nil && l.HTTPGet == nil && l.TCPSocket == nil && l.GRPC == nil {
			return
		}
		p.Report(c.Workload.Object, c.Path+".livenessProbe", "container %s is restarted by the same probe that takes it out of its Service, and no later (after %d seconds)", c.Name, patience(l)).
			Show(fmt.Sprintf("livenessProbe:\n  failureThreshold: %d", 2*patience(r)/max(1, patience(l)/max(1, int(l.FailureThreshold)))+1))
	})
}

func noTimeToStart(p *rule.Pass) {
	p.Containers(func(c rule.Container) {
		if c.Init || c.StartupProbe != nil || !known.Runs(c.Workload) || known.Composed(c.Workload.Object) {
			return
		}
		what, need, heavy := starts(c.Container)
		if need == 0 {
			return
		}
		l := c.LivenessProbe
		if l == nil {
			if heavy && c.ReadinessProbe == nil {
				p.Report(c.Workload.Object, c.Path+".startupProbe", "container %s runs %s, which may take %d seconds to start, and has no startup probe", c.Name, what, need).Show(aStart(c.Container, need))
			}
			return
		}
		if has := int(l.InitialDelaySeconds) + patience(l); has < need {
			p.Report(c.Workload.Object, c.Path+".livenessProbe", "container %s runs %s, which may take %d seconds to start, and is killed after %d", c.Name, what, need, has).Show(aStart(c.Container, need))
		}
	})
}

func aStart(c *corev1.Container, need int) string {
	probe := strings.Replace(aProbe(c), "readinessProbe", "startupProbe", 1)
	return fmt.Sprintf("%s\n  failureThreshold: %d", probe, need*2/5)
}

// java is how many seconds a Java program without a name of its own may take.
const java = 60

// starts tells how long a container may take to start, and whether every start takes that long rather than the first.
func starts(c *corev1.Container) (what string, seconds int, heavy bool) {
	if p := known.Of(c.Image); p != nil {
		return p.Name, p.Start, p.Heavy
	}
	if heap.MatchString(words(c.Command) + " " + words(c.Args)) {
		return "a Java program", java, true
	}
	for _, e := range c.Env {
		if heap.MatchString(e.Value) {
			return "a Java program", java, true
		}
	}
	return "", 0, false
}

var (
	heap     = regexp.MustCompile(`(^|\s)-Xm[sx]\d|(^|\s)-XX:MaxRAMPercentage=`)
	sleeping = regexp.MustCompile(`(?:^|[\s;&/])sleep\s+(\d{1,6})(?:\s|;|&|$)`)
)

// words is a command as one line.
func words(command []string) string { return strings.Join(command, " ") }

// shows are commands that take a password as an argument, from a variable. One that is written out is a finding of its own.
var shows = []*regexp.Regexp{
	regexp.MustCompile(`\b(?:mysql|mariadb)\w*\b[^|;&]*\s(?:-p|--password=)["']?\$`),
	regexp.MustCompile(`\bmysql\w*\b[^|;&]*\s--password["']?\s+["']?\$`),
	regexp.MustCompile(`\bredis-cli\b[^|;&]*\s(?:-a|--pass)\s+["']?\$`),
	regexp.MustCompile(`\bmongo\w*\b[^|;&]*\s(?:-p|--password)[\s=]*["']?\$`),
	regexp.MustCompile(`\b(?:psql|pg_isready|pg_dump)\b[^|;&]*\bpostgres(?:ql)?://[^:@\s]+:\$`),
	regexp.MustCompile(`\bcurl\b[^|;&]*\s(?:-u|--user)[\s=]*["']?[^\s:"']*:["']?\$`),
	regexp.MustCompile(`\bwget\b[^|;&]*\s--(?:http-)?password=["']?\$`),
	regexp.MustCompile(`\bsqlcmd\b[^|;&]*\s-P\s*["']?\$`),
	regexp.MustCompile(`\bclickhouse-client\b[^|;&]*\s--password[\s=]+["']?\$`),
	regexp.MustCompile(`\bldapsearch\b[^|;&]*\s-w\s*["']?\$`),
}

func probeShowsPassword(p *rule.Pass) {
	p.Containers(func(c rule.Container) {
		var which []string
		at := ""
		each(c, func(name, field string, exec *corev1.ExecAction) {
			if exec == nil {
				return
			}
			line := words(exec.Command)
			for _, r := range shows {
				if r.MatchString(line) {
					which = append(which, name)
					if at == "" {
						at = field + ".exec.command"
					}
					return
				}
			}
		})
		if which != nil {
			p.Report(c.Workload.Object, at, "container %s puts a password on the command line of its %s", c.Name, joined(which))
		}
	})
}

// each gives the commands of a container's probes and hooks.
func each(c rule.Container, visit func(name, field string, exec *corev1.ExecAction)) {
	for _, b := range []struct {
		name, field string
		probe       *corev1.Probe
	}{{"liveness probe", "livenessProbe", c.LivenessProbe}, {"readiness probe", "readinessProbe", c.ReadinessProbe}, {"startup probe", "startupProbe", c.StartupProbe}} {
		if b.probe != nil {
			visit(b.name, c.Path+"."+b.field, b.probe.Exec)
		}
	}
	if l := c.Lifecycle; l != nil {
		if l.PreStop != nil {
			visit("preStop hook", c.Path+".lifecycle.preStop", l.PreStop.Exec)
		}
		if l.PostStart != nil {
			visit("postStart hook", c.Path+".lifecycle.postStart", l.PostStart.Exec)
		}
	}
}
