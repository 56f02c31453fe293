package compose

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// containerSecurity gives a container no more than Docker does, and no way to get more: no new privileges and the
// runtime's system calls, unless the file asks otherwise.
func (p *pod) containerSecurity(spec *types.ContainerSpec, base []string) *corev1.SecurityContext {
	sc := &corev1.SecurityContext{}
	if spec.Privileged {
		sc.Privileged = ptr.To(true)
	} else {
		sc.SeccompProfile = &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}
		sc.AllowPrivilegeEscalation = ptr.To(false)
	}
	if spec.ReadOnly {
		sc.ReadOnlyRootFilesystem = ptr.To(true)
	}
	if len(spec.CapAdd)+len(spec.CapDrop) > 0 {
		sc.Capabilities = &corev1.Capabilities{Add: capabilities(spec.CapAdd), Drop: capabilities(spec.CapDrop)}
		for _, a := range sc.Capabilities.Add {
			if a == "SYS_ADMIN" || a == "ALL" { // the API refuses these together with allowPrivilegeEscalation: false
				sc.AllowPrivilegeEscalation = nil
			}
		}
	}
	p.userOf(spec, base, sc)
	for i, opt := range spec.SecurityOpt {
		p.securityOption(opt, sc, append(slices.Clone(base), "security_opt", indexStep(i)))
	}
	p.namespaces(spec, base)
	return sc
}

func capabilities(names []string) []corev1.Capability {
	var caps []corev1.Capability
	for _, n := range names {
		caps = append(caps, corev1.Capability(strings.TrimPrefix(strings.ToUpper(n), "CAP_")))
	}
	return caps
}

// userOf carries numbers; a name means what the image's /etc/passwd says, which is not known here.
func (p *pod) userOf(spec *types.ContainerSpec, base []string, sc *corev1.SecurityContext) {
	if spec.User == "" {
		return
	}
	name, group, _ := strings.Cut(spec.User, ":")
	at := append(slices.Clone(base), "user")
	uid, ok := number(name)
	gid, gok := number(group)
	if !ok || group != "" && !gok {
		p.refuse(fmt.Sprintf("Kubernetes knows users by number; write the numbers of %s in the image (id %s)", spec.User, name), at...)
		return
	}
	sc.RunAsUser = &uid
	if uid != 0 {
		sc.RunAsNonRoot = ptr.To(true)
	}
	if group != "" {
		sc.RunAsGroup = &gid
	}
}

func number(s string) (int64, bool) {
	if s == "root" {
		return 0, true
	}
	n, err := strconv.ParseInt(s, 10, 32)
	return n, err == nil && n >= 0
}

func (p *pod) securityOption(opt string, sc *corev1.SecurityContext, at []string) {
	name, value, _ := strings.Cut(strings.Replace(opt, "=", ":", 1), ":")
	switch name {
	case "no-new-privileges":
		if value == "false" {
			sc.AllowPrivilegeEscalation = nil
		}
	case "seccomp":
		if value != "unconfined" {
			p.refuse("a seccomp profile must be on every node before a pod can name it; the runtime's default is used without this line", at...)
			return
		}
		sc.SeccompProfile = &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeUnconfined}
	case "apparmor":
		switch value {
		case "unconfined":
			sc.AppArmorProfile = &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeUnconfined}
		case "docker-default", "runtime/default":
			sc.AppArmorProfile = &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeRuntimeDefault}
		default:
			sc.AppArmorProfile = &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeLocalhost, LocalhostProfile: &value}
		}
	case "label":
		p.selinux(value, sc, at)
	default:
		p.refuse(fmt.Sprintf("security option %s is not carried", name), at...)
	}
}

func (p *pod) selinux(value string, sc *corev1.SecurityContext, at []string) {
	what, v, _ := strings.Cut(value, ":")
	if sc.SELinuxOptions == nil {
		sc.SELinuxOptions = &corev1.SELinuxOptions{}
	}
	switch what {
	case "user":
		sc.SELinuxOptions.User = v
	case "role":
		sc.SELinuxOptions.Role = v
	case "type":
		sc.SELinuxOptions.Type = v
	case "level":
		sc.SELinuxOptions.Level = v
	case "disable":
		sc.SELinuxOptions.Type = "spc_t" // what Docker runs a container with, whose labels are disabled
	default:
		p.refuse(fmt.Sprintf("SELinux option %s is not carried", what), at...)
	}
}

// namespaces of the machine are not for pods that others depend on.
func (p *pod) namespaces(spec *types.ContainerSpec, base []string) {
	at := func(key string) []string { return append(slices.Clone(base), key) }
	for key, value := range map[string]string{"pid": spec.Pid, "ipc": spec.Ipc, "uts": spec.Uts, "cgroup": spec.Cgroup} {
		target, ofService := strings.CutPrefix(value, types.ServicePrefix)
		switch {
		case value == "", value == "private", key == "ipc" && (value == "shareable" || value == "none"):
		case ofService && (key == "pid" || key == "ipc") && p.byName[target] != nil && p.byName[target].pod == p.u:
		case ofService:
			p.refuse(fmt.Sprintf("only containers of one pod share this; put %s into the pod with network_mode: %s", base[len(base)-1], value), at(key)...)
		default:
			p.refuse(fmt.Sprintf("%s would open the machine to the container; remove it", value), at(key)...)
		}
	}
	if r := spec.Runtime; r != "" && r != "runc" && r != "io.containerd.runc.v2" {
		p.refuse(fmt.Sprintf("runtime %s must be a RuntimeClass of the cluster; runc is what runs here", r), at("runtime")...)
	}
}

// security is what Kubernetes says once for the pod.
func (p *pod) security() {
	sc := &corev1.PodSecurityContext{}
	for _, s := range p.u.all() {
		for i, g := range s.svc.GroupAdd {
			n, ok := number(g)
			if !ok {
				p.refuse(fmt.Sprintf("Kubernetes knows groups by number; write the number of %s", g), s.path("group_add", indexStep(i))...)
				continue
			}
			if !slices.Contains(sc.SupplementalGroups, n) {
				sc.SupplementalGroups = append(sc.SupplementalGroups, n)
			}
		}
		for _, k := range slices.Sorted(maps.Keys(s.svc.Sysctls)) {
			sc.Sysctls = append(sc.Sysctls, corev1.Sysctl{Name: k, Value: s.svc.Sysctls[k]})
		}
	}
	// A volume belongs to root at first; a container that runs as another user must be able to write it.
	for _, con := range p.spec.Containers {
		if c := con.SecurityContext; sc.FSGroup == nil && c.RunAsUser != nil && *c.RunAsUser != 0 && p.writesClaim(&con) {
			sc.FSGroup = c.RunAsUser
			if c.RunAsGroup != nil {
				sc.FSGroup = c.RunAsGroup
			}
			sc.FSGroupChangePolicy = ptr.To(corev1.FSGroupChangeOnRootMismatch)
		}
	}
	if sc.FSGroup != nil || sc.Sysctls != nil || sc.SupplementalGroups != nil {
		p.spec.SecurityContext = sc
	}
}

func (p *pod) writesClaim(con *corev1.Container) bool {
	return slices.ContainsFunc(con.VolumeMounts, func(m corev1.VolumeMount) bool {
		return !m.ReadOnly && (slices.ContainsFunc(p.templates, func(t corev1.PersistentVolumeClaim) bool { return t.Name == m.Name }) ||
			slices.ContainsFunc(p.spec.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name && v.PersistentVolumeClaim != nil }))
	})
}
