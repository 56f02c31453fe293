package security

import (
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"k8s.io/utils/ptr"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

var evaluator = sync.OnceValue(func() policy.Evaluator {
	e, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		panic(err) // the library's own checks do not fit together
	}
	return e
})

// judge says what a level forbids in a pod, "" if nothing.
func judge(level api.LevelVersion, w *objects.Workload, pod *corev1.PodSpec) string {
	if level.Level == api.LevelPrivileged {
		return ""
	}
	meta := &metav1.ObjectMeta{}
	switch t, _ := objects.Template(w.Object.Object); {
	case t != nil:
		meta = &t.ObjectMeta
	default:
		if p, ok := w.Object.Object.(*corev1.Pod); ok {
			meta = &p.ObjectMeta
		}
	}
	result := policy.AggregateCheckResults(evaluator().EvaluatePod(level, meta, pod))
	return result.ForbiddenDetail()
}

// enforced is the level that a namespace enforces, and whether it says so.
func enforced(labels map[string]string) (api.LevelVersion, bool) {
	text, said := labels[api.EnforceLevelLabel]
	level, err := api.ParseLevel(text)
	if !said || err != nil {
		return api.LevelVersion{Level: api.LevelPrivileged, Version: api.LatestVersion()}, said
	}
	version, err := api.ParseVersion(labels[api.EnforceVersionLabel])
	if err != nil {
		version = api.LatestVersion()
	}
	return api.LevelVersion{Level: level, Version: version}, true
}

// violation says what a workload's namespace forbids in its pods, "" if nothing.
func violation(p *rule.Pass, w *objects.Workload) (api.Level, string) {
	level, _ := enforced(p.Namespaces()[w.Namespace()])
	return level.Level, judge(level, w, w.Pod)
}

// eachWorkload visits the workloads whose pods the API server takes; the others have one finding already.
func eachWorkload(p *rule.Pass, visit func(*objects.Workload)) {
	for _, w := range p.Workloads() {
		if w.Given {
			continue
		}
		if _, why := violation(p, w); why == "" {
			visit(w)
		}
	}
}

func eachContainer(p *rule.Pass, visit func(rule.Container)) {
	eachWorkload(p, func(w *objects.Workload) { rule.EachContainer(w, visit) })
}

func checkViolations(p *rule.Pass)  { reportViolations(p, false) }
func checkRefusedPods(p *rule.Pass) { reportViolations(p, true) }

func reportViolations(p *rule.Pass, pods bool) {
	for _, w := range p.Workloads() {
		if w.Given || pods != (w.Kind() == "Pod") {
			continue
		}
		level, why := violation(p, w)
		if why == "" {
			continue
		}
		f := p.Report(w.Object, w.Path+".securityContext", "namespace %s enforces the level %s and refuses %s: %s",
			w.Namespace(), level, map[bool]string{true: "the pod", false: "its pods"}[pods], why)
		tighten(p, w, f)
	}
}

// tighten adds the edits that the restricted level asks for, if they are all that is missing: such a pod never ran, so
// that nothing that works can break.
func tighten(p *rule.Pass, w *objects.Workload, f *rule.Finding) {
	level, _ := enforced(p.Namespaces()[w.Namespace()])
	pod := w.Pod.DeepCopy()
	var edits []func()
	set := func(field string, value any) { edits = append(edits, func() { f.Set(field, value) }) }
	if pod.SecurityContext == nil {
		pod.SecurityContext = &corev1.PodSecurityContext{}
	}
	if pod.SecurityContext.RunAsNonRoot == nil && !ownUsers(pod) {
		pod.SecurityContext.RunAsNonRoot = ptr.To(true)
		set(w.Path+".securityContext.runAsNonRoot", true)
	}
	if pod.SecurityContext.SeccompProfile == nil {
		pod.SecurityContext.SeccompProfile = &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}
		set(w.Path+".securityContext.seccompProfile.type", string(corev1.SeccompProfileTypeRuntimeDefault))
	}
	objects.EachContainer(pod, w.Path, func(c *corev1.Container, path string) {
		if c.SecurityContext == nil {
			c.SecurityContext = &corev1.SecurityContext{}
		}
		if c.SecurityContext.AllowPrivilegeEscalation == nil {
			c.SecurityContext.AllowPrivilegeEscalation = ptr.To(false)
			set(path+".securityContext.allowPrivilegeEscalation", false)
		}
		if c.SecurityContext.Capabilities == nil {
			c.SecurityContext.Capabilities = &corev1.Capabilities{}
		}
		if len(c.SecurityContext.Capabilities.Drop) == 0 {
			c.SecurityContext.Capabilities.Drop = []corev1.Capability{"ALL"}
			set(path+".securityContext.capabilities.drop", []any{"ALL"})
		}
	})
	if level.Level != api.LevelRestricted || judge(level, w, pod) != "" {
		f.Show(strings.TrimSuffix(tight, "\n") + "\n")
		return
	}
	for _, add := range edits {
		add()
	}
}

// ownUsers says that every container says itself that it is not root.
func ownUsers(pod *corev1.PodSpec) bool {
	all := true
	objects.EachContainer(pod, "", func(c *corev1.Container, _ string) {
		all = all && c.SecurityContext != nil && is(c.SecurityContext.RunAsNonRoot, true)
	})
	return all
}

func checkSysctls(p *rule.Pass) {
	versions := policy.CheckSysctls().Versions
	safe := versions[len(versions)-1].CheckPod
	eachWorkload(p, func(w *objects.Workload) {
		if w.Pod.SecurityContext == nil || len(w.Pod.SecurityContext.Sysctls) == 0 {
			return
		}
		field := w.Path + ".securityContext.sysctls"
		if r := safe(&metav1.ObjectMeta{}, w.Pod); !r.Allowed {
			p.Report(w.Object, field, "the kubelet refuses the pod: %s %s not in its safe set", r.ForbiddenDetail, map[bool]string{true: "are", false: "is"}[strings.Contains(r.ForbiddenDetail, ",")])
			return
		}
		for i, s := range w.Pod.SecurityContext.Sysctls {
			if w.Pod.HostNetwork && strings.HasPrefix(s.Name, "net.") {
				p.Report(w.Object, indexed(field, i), "the kubelet refuses the pod: %s is the node's own with hostNetwork", s.Name)
				return
			}
		}
	})
}
