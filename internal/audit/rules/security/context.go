package security

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

// effective is what a container's securityContext says together with its pod's.
type effective struct {
	*corev1.SecurityContext // never nil
	nonRoot                 *bool
	user                    *int64
	seccomp                 *corev1.SeccompProfile
	appArmor                *corev1.AppArmorProfile
}

func contextOf(c rule.Container) effective {
	e := effective{SecurityContext: c.SecurityContext}
	if e.SecurityContext == nil {
		e.SecurityContext = &corev1.SecurityContext{}
	}
	if pod := c.Workload.Pod.SecurityContext; pod != nil {
		e.nonRoot, e.user, e.seccomp, e.appArmor = pod.RunAsNonRoot, pod.RunAsUser, pod.SeccompProfile, pod.AppArmorProfile
	}
	if e.RunAsNonRoot != nil {
		e.nonRoot = e.RunAsNonRoot
	}
	if e.RunAsUser != nil {
		e.user = e.RunAsUser
	}
	if e.SeccompProfile != nil {
		e.seccomp = e.SeccompProfile
	}
	if e.AppArmorProfile != nil {
		e.appArmor = e.AppArmorProfile
	}
	return e
}

func (e effective) root() bool       { return e.user != nil && *e.user == 0 }
func (e effective) privileged() bool { return is(e.Privileged, true) }

func (e effective) drops(name corev1.Capability) bool {
	return e.Capabilities != nil && slices.ContainsFunc(e.Capabilities.Drop, func(c corev1.Capability) bool { return strings.EqualFold(string(c), string(name)) })
}

// missing lists what keeps the container from the restricted standard, but for a user that is root.
func (e effective) missing() []string {
	var list []string
	if !is(e.nonRoot, true) && e.user == nil {
		list = append(list, "runAsNonRoot")
	}
	if !is(e.AllowPrivilegeEscalation, false) {
		list = append(list, "allowPrivilegeEscalation: false")
	}
	if !e.drops("ALL") {
		list = append(list, "capabilities.drop: [ALL]")
	}
	if e.seccomp == nil { // Unconfined is a finding of its own
		list = append(list, "seccompProfile")
	}
	if len(list) > 0 && e.ReadOnlyRootFilesystem == nil {
		list = append(list, "readOnlyRootFilesystem")
	}
	return list
}

// tight is a securityContext that the restricted standard takes.
const tight = `securityContext:
  runAsNonRoot: true
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
  seccompProfile:
    type: RuntimeDefault
`

func checkContext(p *rule.Pass) {
	eachContainer(p, func(c rule.Container) {
		e := contextOf(c)
		if e.privileged() || agent(c.Workload) || e.root() && is(e.nonRoot, true) || isWindows(c) {
			return
		}
		list := e.missing()
		if len(list) == 0 && !e.root() {
			return
		}
		message := "container " + c.Name
		switch {
		case e.root():
			message += " runs as root: runAsUser is 0"
			if len(list) > 0 {
				message += "; it lacks " + strings.Join(list, ", ") + " too"
			}
		case c.SecurityContext == nil:
			message += " has no securityContext: it lacks " + strings.Join(list, ", ")
		default:
			message += " lacks " + strings.Join(list, ", ")
		}
		field := c.Path + ".securityContext"
		if c.SecurityContext == nil {
			field = c.Path
		}
		p.Report(c.Workload.Object, field, "%s", message).Show(tight)
	})
}

func isWindows(c rule.Container) bool {
	return c.Workload.Pod.OS != nil && c.Workload.Pod.OS.Name == corev1.Windows
}

func checkRootRefused(p *rule.Pass) {
	eachContainer(p, func(c rule.Container) {
		e := contextOf(c)
		if !e.root() || !is(e.nonRoot, true) || isWindows(c) {
			return
		}
		field := c.Path + ".securityContext.runAsUser"
		if e.RunAsUser == nil {
			field = c.Workload.Path + ".securityContext.runAsUser"
		}
		p.Report(c.Workload.Object, field, "container %s has runAsUser 0, which is root, and runAsNonRoot: true", c.Name)
	})
}

func checkPrivileged(p *rule.Pass) {
	eachContainer(p, func(c rule.Container) {
		if e := contextOf(c); e.privileged() && !agent(c.Workload) {
			p.Report(c.Workload.Object, c.Path+".securityContext.privileged", "container %s is privileged", c.Name)
		}
	})
}

// leading are capabilities that lead out of a container or change what others see.
var leading = []corev1.Capability{
	"ALL", "SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "SYS_BOOT", "SYS_TIME", "DAC_READ_SEARCH", "BPF",
	"PERFMON", "MAC_ADMIN", "MAC_OVERRIDE", "SYSLOG", "LINUX_IMMUTABLE", "MKNOD", "SYS_CHROOT", "CHECKPOINT_RESTORE",
}

func checkCapabilities(p *rule.Pass) {
	eachContainer(p, func(c rule.Container) {
		e := contextOf(c)
		if e.Capabilities == nil || e.privileged() || agent(c.Workload) {
			return
		}
		var list []string
		for _, a := range e.Capabilities.Add {
			if slices.Contains(leading, a) {
				list = append(list, string(a))
			}
		}
		if len(list) > 0 {
			p.Report(c.Workload.Object, c.Path+".securityContext.capabilities.add", "container %s adds %s", c.Name, strings.Join(list, ", "))
		}
	})
}

func checkUnconfined(p *rule.Pass) {
	eachContainer(p, func(c rule.Container) {
		e := contextOf(c)
		if e.privileged() || agent(c.Workload) {
			return
		}
		var list []string
		if e.seccomp != nil && e.seccomp.Type == corev1.SeccompProfileTypeUnconfined {
			list = append(list, "seccompProfile Unconfined")
		}
		if e.appArmor != nil && e.appArmor.Type == corev1.AppArmorProfileTypeUnconfined {
			list = append(list, "appArmorProfile Unconfined")
		}
		if e.ProcMount != nil && *e.ProcMount == corev1.UnmaskedProcMount {
			list = append(list, "procMount Unmasked")
		}
		if len(list) > 0 {
			p.Report(c.Workload.Object, c.Path+".securityContext", "container %s has %s", c.Name, strings.Join(list, ", "))
		}
	})
}
