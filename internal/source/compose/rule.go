package compose

import (
	"slices"
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Verdict is what happens to a key of the Compose Specification.
type Verdict int

const (
	// Carried keys become part of an object, or steer how the file is read.
	Carried Verdict = iota + 1
	// Warned keys are left out, and the user is told so.
	Warned
	// Refused keys stop the compilation: without them something else would run.
	Refused
)

func (v Verdict) String() string { return [...]string{"", "carried", "warned", "refused"}[v] }

// Rule is the fate of one key: the verdict, and what it becomes or what to do instead.
type Rule struct {
	Verdict  Verdict
	Severity objects.Severity // of the Note for Warned keys
	Text     string
}

func carried(text string) Rule { return Rule{Carried, "", text} }
func warned(text string) Rule  { return Rule{Warned, objects.Warning, text} }
func noted(text string) Rule   { return Rule{Warned, objects.Info, text} }
func refused(text string) Rule { return Rule{Refused, "", text} }

// ruleOf finds the rule of a key by its pattern ("deploy.resources.limits.pids", "ports.[].host_ip"): its own, or that
// of the nearest key around it that is warned about or refused as a whole.
func ruleOf(table map[string]Rule, pattern string) (Rule, bool) {
	for p := pattern; p != ""; {
		if r, ok := table[p]; ok && (p == pattern || r.Verdict != Carried) {
			return r, true
		}
		i := strings.LastIndexByte(p, '.')
		if i < 0 {
			break
		}
		p = p[:i]
	}
	if inner, ok := strings.CutPrefix(pattern, "pre_start.[]."); ok {
		return hookRule(inner)
	}
	return Rule{}, false
}

// hookRule: an init container has its own container settings, but shares the pod of its service.
func hookRule(pattern string) (Rule, bool) {
	first, _, _ := strings.Cut(pattern, ".")
	r, ok := ruleOf(serviceKeys, pattern)
	if ok && r.Verdict == Carried && slices.Contains(podWide, first) {
		return warned("a pre_start hook runs in the pod of its service and has the same " + first), true
	}
	return r, ok
}

// podWide are keys of a container that Kubernetes knows only for the whole pod.
var podWide = []string{
	"annotations", "dns", "dns_opt", "dns_search", "domainname", "extra_hosts", "group_add", "hostname", "ipc", "isolation",
	"label_file", "labels", "network_mode", "networks", "pid", "platform", "runtime", "stop_grace_period", "stop_signal",
	"sysctls", "userns_mode", "uts", "cgroup",
}
