package validate

import (
	"fmt"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// eachContainer visits the containers of all three lists.
func eachContainer(p *field.Path, s *corev1.PodSpec, visit func(p *field.Path, c *corev1.SecurityContext)) {
	for i := range s.InitContainers {
		visit(p.Child("initContainers").Index(i).Child("securityContext"), s.InitContainers[i].SecurityContext)
	}
	for i := range s.Containers {
		visit(p.Child("containers").Index(i).Child("securityContext"), s.Containers[i].SecurityContext)
	}
	for i := range s.EphemeralContainers {
		visit(p.Child("ephemeralContainers").Index(i).Child("securityContext"), s.EphemeralContainers[i].SecurityContext)
	}
}

// ofOtherSystems refuses what only pods of another operating system have.
func ofOtherSystems(f *findings, p *field.Path, s *corev1.PodSpec) {
	if s.OS == nil {
		return
	}
	at := p.Child("securityContext")
	switch s.OS.Name {
	case corev1.Linux:
		const why = "windows options cannot be set for a linux pod"
		if c := s.SecurityContext; c != nil && c.WindowsOptions != nil {
			f.forbid(at.Child("windowsOptions"), why)
		}
		eachContainer(p, s, func(p *field.Path, c *corev1.SecurityContext) {
			if c != nil && c.WindowsOptions != nil {
				f.forbid(p.Child("windowsOptions"), why)
			}
		})
	case corev1.Windows:
		forbidden(f, p, []setting{{"hostUsers", s.HostUsers != nil}, {"hostPID", s.HostPID}, {"hostIPC", s.HostIPC}, {"shareProcessNamespace", s.ShareProcessNamespace != nil}})
		if c := s.SecurityContext; c != nil {
			forbidden(f, at, []setting{{"appArmorProfile", c.AppArmorProfile != nil}, {"seLinuxOptions", c.SELinuxOptions != nil},
				{"seccompProfile", c.SeccompProfile != nil}, {"fsGroup", c.FSGroup != nil}, {"fsGroupChangePolicy", c.FSGroupChangePolicy != nil},
				{"sysctls", len(c.Sysctls) > 0}, {"runAsUser", c.RunAsUser != nil}, {"runAsGroup", c.RunAsGroup != nil},
				{"supplementalGroups", c.SupplementalGroups != nil}, {"supplementalGroupsPolicy", c.SupplementalGroupsPolicy != nil},
				{"seLinuxChangePolicy", c.SELinuxChangePolicy != nil}})
		}
		eachContainer(p, s, func(p *field.Path, c *corev1.SecurityContext) {
			if c == nil {
				return
			}
			forbidden(f, p, []setting{{"appArmorProfile", c.AppArmorProfile != nil}, {"seLinuxOptions", c.SELinuxOptions != nil},
				{"seccompProfile", c.SeccompProfile != nil}, {"capabilities", c.Capabilities != nil}, {"readOnlyRootFilesystem", c.ReadOnlyRootFilesystem != nil},
				{"privileged", c.Privileged != nil}, {"allowPrivilegeEscalation", c.AllowPrivilegeEscalation != nil}, {"procMount", c.ProcMount != nil},
				{"runAsUser", c.RunAsUser != nil}, {"runAsGroup", c.RunAsGroup != nil}})
		})
	}
}

// setting is a field and whether it is given.
type setting struct {
	name  string
	given bool
}

func forbidden(f *findings, p *field.Path, list []setting) {
	for _, s := range list {
		if s.given {
			f.forbid(p.Child(s.name), "cannot be set for a windows pod")
		}
	}
}

// hostProcess wants that of the containers all run as processes of a Windows host, or none.
func hostProcess(f *findings, p *field.Path, s *corev1.PodSpec) {
	var all *bool
	if c := s.SecurityContext; c != nil && c.WindowsOptions != nil {
		all = c.WindowsOptions.HostProcess
	}
	n, on := 0, 0
	eachContainer(p, s, func(p *field.Path, c *corev1.SecurityContext) {
		n++
		of := all
		if c != nil && c.WindowsOptions != nil && c.WindowsOptions.HostProcess != nil {
			if of = c.WindowsOptions.HostProcess; all != nil && *all != *of {
				f.invalid(p.Child("windowsOptions", "hostProcess"), *of, fmt.Sprintf("pod hostProcess value must be identical if both are specified, was %v", *all))
			}
		}
		if set(of) {
			on++
		}
	})
	if on > 0 && on != n {
		f.invalid(p, "", "If pod contains any hostProcess containers then all containers must be HostProcess containers")
	}
	if on > 0 && !s.HostNetwork {
		f.invalid(p.Child("hostNetwork"), false, "hostNetwork must be true if pod contains any hostProcess containers")
	}
}

var (
	netBios    = regexp.MustCompile(`^[^\\/:\*\?"<>|\.][^\\/:\*\?"<>|]{0,14}$`)
	userChars  = regexp.MustCompile(`["/\\:;|=,\+\*\?<>@\[\]]`)
	onlyDots   = regexp.MustCompile(`^[\. ]+$`)
	controlled = regexp.MustCompile(`[[:cntrl:]]`)
)

func windowsOptions(f *findings, p *field.Path, w *corev1.WindowsSecurityContextOptions) {
	if w == nil {
		return
	}
	if w.GMSACredentialSpecName != nil {
		f.subdomain(p.Child("gmsaCredentialSpecName"), *w.GMSACredentialSpecName)
	}
	if c := w.GMSACredentialSpec; c != nil && *c == "" {
		f.invalid(p.Child("gmsaCredentialSpec"), *c, "gmsaCredentialSpec cannot be an empty string")
	} else if c != nil && len(*c) > 64<<10 {
		f.invalid(p.Child("gmsaCredentialSpec"), *c, "gmsaCredentialSpec size must be under 64 KiB")
	}
	if w.RunAsUserName == nil {
		return
	}
	whole := *w.RunAsUserName
	domain, user, placed := strings.Cut(whole, `\`)
	if !placed {
		domain, user = "", whole
	}
	say := func(wrong bool, why string) bool {
		if wrong {
			f.invalid(p.Child("runAsUserName"), whole, why)
		}
		return wrong
	}
	if say(whole == "", "runAsUserName cannot be an empty string") ||
		say(controlled.MatchString(whole), "runAsUserName cannot contain control characters") ||
		say(strings.Contains(user, `\`), "runAsUserName cannot contain more than one backslash") {
		return
	}
	say(len(domain) >= 256, "runAsUserName's Domain length must be under 256 characters")
	say(placed && !netBios.MatchString(domain) && len(validation.IsDNS1123Subdomain(strings.ToLower(domain))) > 0, "runAsUserName's Domain doesn't match the NetBios nor the DNS format")
	say(user == "", "runAsUserName's User cannot be empty")
	say(len(user) > 104, "runAsUserName's User length must not be longer than 104 characters")
	say(onlyDots.MatchString(user), "runAsUserName's User cannot contain only periods or spaces")
	say(userChars.MatchString(user), `runAsUserName's User cannot contain the following characters: "/\:;|=,+*?<>@[]`)
}
