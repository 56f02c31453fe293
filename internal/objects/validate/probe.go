package validate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// handler is a probe's or a lifecycle hook's.
type handler struct {
	exec  *corev1.ExecAction
	get   *corev1.HTTPGetAction
	tcp   *corev1.TCPSocketAction
	grpc  *corev1.GRPCAction
	sleep *corev1.SleepAction
}

func probes(f *findings, p *field.Path, c *corev1.Container, grace *int64) {
	probe(f, p.Child("livenessProbe"), c.LivenessProbe, grace)
	probe(f, p.Child("readinessProbe"), c.ReadinessProbe, grace)
	probe(f, p.Child("startupProbe"), c.StartupProbe, grace)
}

func probe(f *findings, p *field.Path, b *corev1.Probe, grace *int64) {
	if b == nil {
		return
	}
	action(f, p, handler{b.Exec, b.HTTPGet, b.TCPSocket, b.GRPC, nil}, grace)
	f.notNegative(p.Child("initialDelaySeconds"), int64(b.InitialDelaySeconds))
	f.notNegative(p.Child("timeoutSeconds"), int64(b.TimeoutSeconds))
	f.notNegative(p.Child("periodSeconds"), int64(b.PeriodSeconds))
	f.notNegative(p.Child("successThreshold"), int64(b.SuccessThreshold))
	f.notNegative(p.Child("failureThreshold"), int64(b.FailureThreshold))
	g := b.TerminationGracePeriodSeconds
	if g != nil && *g <= 0 {
		f.invalid(p.Child("terminationGracePeriodSeconds"), *g, "must be greater than 0")
	}
	if isReadiness(p) {
		if g != nil {
			f.invalid(p.Child("terminationGracePeriodSeconds"), *g, "must not be set for readinessProbes")
		}
	} else if b.SuccessThreshold != 1 {
		f.invalid(p.Child("successThreshold"), b.SuccessThreshold, "must be 1")
	}
}

func isReadiness(p *field.Path) bool {
	s := p.String()
	return len(s) >= len("readinessProbe") && s[len(s)-len("readinessProbe"):] == "readinessProbe"
}

func lifecycle(f *findings, p *field.Path, l *corev1.Lifecycle, grace *int64, os *corev1.PodOS) {
	if l == nil {
		return
	}
	if h := l.PostStart; h != nil {
		action(f, p.Child("postStart"), handler{h.Exec, h.HTTPGet, h.TCPSocket, nil, h.Sleep}, grace)
	}
	if h := l.PreStop; h != nil {
		action(f, p.Child("preStop"), handler{h.Exec, h.HTTPGet, h.TCPSocket, nil, h.Sleep}, grace)
	}
	if s := l.StopSignal; s != nil {
		switch {
		case os == nil:
			f.forbid(p.Child("stopSignal"), "may not be set for containers with empty `spec.os.name`")
		case os.Name == corev1.Linux:
			enum(f, p.Child("stopSignal"), *s, signals()...)
		}
	}
}

// action judges the first handler that is given and refuses the others.
func action(f *findings, p *field.Path, h handler, grace *int64) {
	n := 0
	next := func(given bool, name string, judge func(*field.Path)) {
		if !given {
			return
		}
		if n++; n > 1 {
			f.forbid(p.Child(name), "may not specify more than 1 handler type")
			return
		}
		judge(p.Child(name))
	}
	next(h.exec != nil, "exec", func(p *field.Path) {
		if len(h.exec.Command) == 0 {
			f.required(p.Child("command"))
		}
	})
	next(h.get != nil, "httpGet", func(p *field.Path) { httpGet(f, p, h.get) })
	next(h.tcp != nil, "tcpSocket", func(p *field.Path) { f.portOrName(p.Child("port"), h.tcp.Port) })
	next(h.grpc != nil, "grpc", func(p *field.Path) { f.portOrName(p.Child("port"), intstr.FromInt32(h.grpc.Port)) })
	next(h.sleep != nil, "sleep", func(p *field.Path) {
		if grace != nil && (h.sleep.Seconds < 0 || h.sleep.Seconds > *grace) {
			f.invalid(p, h.sleep.Seconds, fmt.Sprintf("must be non-negative and less than terminationGracePeriodSeconds (%d)", *grace))
		}
	})
	if n == 0 {
		f.add(field.Required(p, "must specify a handler type"))
	}
}

func httpGet(f *findings, p *field.Path, g *corev1.HTTPGetAction) {
	if g.Path == "" {
		f.required(p.Child("path"))
	}
	f.portOrName(p.Child("port"), g.Port)
	enum(f, p.Child("scheme"), g.Scheme, corev1.URISchemeHTTP, corev1.URISchemeHTTPS)
	for _, h := range g.HTTPHeaders {
		f.invalid(p.Child("httpHeaders"), h.Name, validation.IsHTTPHeaderName(h.Name)...)
	}
}

// signals are those of lifecycle.stopSignal, as field.NotSupported lists them.
func signals() []corev1.Signal {
	return []corev1.Signal{corev1.SIGABRT, corev1.SIGALRM, corev1.SIGBUS, corev1.SIGCHLD, corev1.SIGCLD, corev1.SIGCONT,
		corev1.SIGFPE, corev1.SIGHUP, corev1.SIGILL, corev1.SIGINT, corev1.SIGIO, corev1.SIGIOT, corev1.SIGKILL, corev1.SIGPIPE,
		corev1.SIGPOLL, corev1.SIGPROF, corev1.SIGPWR, corev1.SIGQUIT, corev1.SIGRTMAX, corev1.SIGRTMAXMINUS1, corev1.SIGRTMAXMINUS10,
		corev1.SIGRTMAXMINUS11, corev1.SIGRTMAXMINUS12, corev1.SIGRTMAXMINUS13, corev1.SIGRTMAXMINUS14, corev1.SIGRTMAXMINUS2,
		corev1.SIGRTMAXMINUS3, corev1.SIGRTMAXMINUS4, corev1.SIGRTMAXMINUS5, corev1.SIGRTMAXMINUS6, corev1.SIGRTMAXMINUS7,
		corev1.SIGRTMAXMINUS8, corev1.SIGRTMAXMINUS9, corev1.SIGRTMIN, corev1.SIGRTMINPLUS1, corev1.SIGRTMINPLUS10,
		corev1.SIGRTMINPLUS11, corev1.SIGRTMINPLUS12, corev1.SIGRTMINPLUS13, corev1.SIGRTMINPLUS14, corev1.SIGRTMINPLUS15,
		corev1.SIGRTMINPLUS2, corev1.SIGRTMINPLUS3, corev1.SIGRTMINPLUS4, corev1.SIGRTMINPLUS5, corev1.SIGRTMINPLUS6,
		corev1.SIGRTMINPLUS7, corev1.SIGRTMINPLUS8, corev1.SIGRTMINPLUS9, corev1.SIGSEGV, corev1.SIGSTKFLT, corev1.SIGSTOP,
		corev1.SIGSYS, corev1.SIGTERM, corev1.SIGTRAP, corev1.SIGTSTP, corev1.SIGTTIN, corev1.SIGTTOU, corev1.SIGURG,
		corev1.SIGUSR1, corev1.SIGUSR2, corev1.SIGVTALRM, corev1.SIGWINCH, corev1.SIGXCPU, corev1.SIGXFSZ}
}
