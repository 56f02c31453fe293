package confine

import (
	"slices"
	"strings"
	"sync"

	"github.com/moby/sys/capability"
	"github.com/opencontainers/runc/libcontainer/configs"
	corev1 "k8s.io/api/core/v1"
)

// defaultCapabilities are Docker's.
var defaultCapabilities = []string{
	"CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
	"CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
}

// ours are the capabilities of this process, beyond which none can be given.
var ours = sync.OnceValue(func() []string {
	var out []string
	p, err := capability.NewPid2(0)
	if err != nil || p.Load() != nil {
		return defaultCapabilities
	}
	for _, c := range capability.ListKnown() {
		if p.Get(capability.PERMITTED, c) {
			out = append(out, "CAP_"+strings.ToUpper(c.String()))
		}
	}
	return out
})

func capabilities(sc *corev1.SecurityContext) *configs.Capabilities {
	set := slices.Clone(defaultCapabilities)
	if isTrue(sc.Privileged) {
		set = slices.Clone(ours())
	} else if c := sc.Capabilities; c != nil {
		if named(c.Add, "ALL") {
			set = slices.Clone(ours())
		}
		if named(c.Drop, "ALL") {
			set = nil
		}
		for _, a := range c.Add {
			if n := capName(a); n != "CAP_ALL" && !slices.Contains(set, n) {
				set = append(set, n)
			}
		}
		for _, d := range c.Drop {
			set = slices.DeleteFunc(set, func(n string) bool { return n == capName(d) })
		}
	}
	set = slices.DeleteFunc(set, func(n string) bool { return !slices.Contains(ours(), n) })
	slices.Sort(set)
	return &configs.Capabilities{Bounding: set, Effective: set, Permitted: set}
}

func capName(c corev1.Capability) string {
	n := strings.ToUpper(string(c))
	if !strings.HasPrefix(n, "CAP_") {
		n = "CAP_" + n
	}
	return n
}

func named(list []corev1.Capability, name string) bool {
	return slices.ContainsFunc(list, func(c corev1.Capability) bool { return strings.EqualFold(string(c), name) })
}

func isTrue(b *bool) bool { return b != nil && *b }
