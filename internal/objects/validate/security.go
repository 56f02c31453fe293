package validate

import (
	"regexp"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

const (
	sysctlSegment = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
	sysctlName    = "^(" + sysctlSegment + "[\\./])*" + sysctlSegment + "$"
)

func user(f *findings, p *field.Path, id *int64) {
	if id != nil {
		f.invalid(p, *id, validation.IsValidUserID(*id)...)
	}
}

func group(f *findings, p *field.Path, id *int64) {
	if id != nil {
		f.invalid(p, *id, validation.IsValidGroupID(*id)...)
	}
}

func podSecurity(f *findings, p *field.Path, s *corev1.PodSpec) {
	c := s.SecurityContext
	if c == nil {
		return
	}
	group(f, p.Child("fsGroup"), c.FSGroup)
	user(f, p.Child("runAsUser"), c.RunAsUser)
	group(f, p.Child("runAsGroup"), c.RunAsGroup)
	for i := range c.SupplementalGroups {
		group(f, p.Child("supplementalGroups").Index(i), &c.SupplementalGroups[i])
	}
	if s.ShareProcessNamespace != nil && *s.ShareProcessNamespace && s.HostPID {
		f.invalid(p.Child("shareProcessNamespace"), true, "ShareProcessNamespace and HostPID cannot both be enabled")
	}
	sysctls(f, p.Child("sysctls"), s)
	optional(f, p.Child("fsGroupChangePolicy"), c.FSGroupChangePolicy, corev1.FSGroupChangeAlways, corev1.FSGroupChangeOnRootMismatch)
	seccomp(f, p.Child("seccompProfile"), c.SeccompProfile)
	windowsOptions(f, p.Child("windowsOptions"), c.WindowsOptions)
	appArmor(f, p.Child("appArmorProfile"), c.AppArmorProfile)
	optional(f, p.Child("supplementalGroupsPolicy"), c.SupplementalGroupsPolicy, corev1.SupplementalGroupsPolicyMerge, corev1.SupplementalGroupsPolicyStrict)
	optional(f, p.Child("seLinuxChangePolicy"), c.SELinuxChangePolicy, corev1.SELinuxChangePolicyMountOption, corev1.SELinuxChangePolicyRecursive)
}

var sysctlPattern = regexp.MustCompile(sysctlName)

func sysctls(f *findings, p *field.Path, s *corev1.PodSpec) {
	seen := sets.New[string]()
	for i, c := range s.SecurityContext.Sysctls {
		at := p.Index(i).Child("name")
		name := strings.ReplaceAll(c.Name, "/", ".")
		if c.Name == "" {
			f.required(at)
		} else if !sysctlPattern.MatchString(c.Name) || len(c.Name) > 253 {
			f.invalid(at, c.Name, "must have at most 253 characters and match regex "+sysctlName)
		} else {
			unique(f, at, seen, c.Name)
		}
		if s.HostNetwork && strings.HasPrefix(name, "net.") {
			f.invalid(at, c.Name, "may not be specified when 'hostNetwork' is true")
		}
		ipc := strings.HasPrefix(name, "kernel.shm") || strings.HasPrefix(name, "kernel.msg") || name == "kernel.sem" || strings.HasPrefix(name, "fs.mqueue.")
		if s.HostIPC && ipc {
			f.invalid(at, c.Name, "may not be specified when 'hostIPC' is true")
		}
	}
}

func seccomp(f *findings, p *field.Path, s *corev1.SeccompProfile) {
	if s == nil {
		return
	}
	if s.Type == "" {
		f.add(field.Required(p.Child("type"), "type is required when seccompProfile is set"))
	} else {
		enum(f, p.Child("type"), s.Type, corev1.SeccompProfileTypeLocalhost, corev1.SeccompProfileTypeRuntimeDefault, corev1.SeccompProfileTypeUnconfined)
	}
	switch at := p.Child("localhostProfile"); {
	case s.Type != corev1.SeccompProfileTypeLocalhost:
		if s.LocalhostProfile != nil {
			f.invalid(at, s, "can only be set when seccomp type is Localhost")
		}
	case s.LocalhostProfile == nil:
		f.add(field.Required(at, "must be set when seccomp type is Localhost"))
	default:
		descending(f, at, *s.LocalhostProfile)
	}
}

func appArmor(f *findings, p *field.Path, a *corev1.AppArmorProfile) {
	if a == nil {
		return
	}
	at := p.Child("localhostProfile")
	switch a.Type {
	case corev1.AppArmorProfileTypeLocalhost:
		if a.LocalhostProfile == nil {
			f.add(field.Required(at, "must be set when AppArmor type is Localhost"))
			return
		}
		name := strings.TrimSpace(*a.LocalhostProfile)
		if name != *a.LocalhostProfile {
			f.invalid(at, *a.LocalhostProfile, "must not be padded with whitespace")
		} else if name == "" {
			f.add(field.Required(at, "must be set when AppArmor type is Localhost"))
		}
		if len(*a.LocalhostProfile) > 4095 {
			f.add(field.TooLong(at, "", 4095))
		}
	case corev1.AppArmorProfileTypeRuntimeDefault, corev1.AppArmorProfileTypeUnconfined:
		if a.LocalhostProfile != nil {
			f.invalid(at, *a.LocalhostProfile, "can only be set when AppArmor type is Localhost")
		}
	case "":
		f.add(field.Required(p.Child("type"), "type is required when appArmorProfile is set"))
	default:
		enum(f, p.Child("type"), a.Type, corev1.AppArmorProfileTypeLocalhost, corev1.AppArmorProfileTypeRuntimeDefault, corev1.AppArmorProfileTypeUnconfined)
	}
}

func security(f *findings, p *field.Path, c *corev1.SecurityContext, hostUsers bool) {
	if c == nil {
		return
	}
	user(f, p.Child("runAsUser"), c.RunAsUser)
	group(f, p.Child("runAsGroup"), c.RunAsGroup)
	if m := c.ProcMount; m != nil {
		enum(f, p.Child("procMount"), *m, corev1.DefaultProcMount, corev1.UnmaskedProcMount)
		if hostUsers && *m == corev1.UnmaskedProcMount {
			f.invalid(p.Child("procMount"), *m, "`hostUsers` must be false to use `Unmasked`")
		}
	}
	seccomp(f, p.Child("seccompProfile"), c.SeccompProfile)
	if e := c.AllowPrivilegeEscalation; e != nil && !*e {
		if c.Privileged != nil && *c.Privileged {
			f.invalid(p, c, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
		}
		if c.Capabilities != nil {
			for _, name := range c.Capabilities.Add {
				if name == "CAP_SYS_ADMIN" {
					f.invalid(p, c, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN")
				}
			}
		}
	}
	windowsOptions(f, p.Child("windowsOptions"), c.WindowsOptions)
	appArmor(f, p.Child("appArmorProfile"), c.AppArmorProfile)
}

func isInt32(s string) bool {
	_, err := strconv.ParseInt(s, 10, 32)
	return err == nil && (len(s) == 1 || s[0] != '0') && s[0] != '+'
}
