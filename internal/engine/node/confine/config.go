package confine

import (
	"path/filepath"
	"strings"

	hostdevices "github.com/moby/sys/devices"
	"github.com/opencontainers/cgroups"
	devices "github.com/opencontainers/cgroups/devices/config"
	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runc/libcontainer/specconv"
	corev1 "k8s.io/api/core/v1"
)

// Input is all that a container's configuration follows from.
type Input struct {
	Pod       *corev1.Pod
	Container *corev1.Container
	QOS       corev1.PodQOSClass
	Cgroup    string // absolute, in every hierarchy
	Hostname  string

	NetNS    string // path of the pod's network namespace; "" for the host's
	IPC, UTS string // paths of the pod's namespaces; "" for new ones
	Shm      string // directory for /dev/shm; "" for a new one

	Mounts     []Mount
	ImageUser  string
	Passwd     []byte // the image's /etc/passwd, nil if it has none
	Group      []byte
	SeccompDir string // where profiles of type Localhost are
}

// Config is the configuration of the container without its root, and who its program is.
func Config(in *Input) (*configs.Config, Account, error) {
	sc := effective(in.Pod, in.Container)
	who, err := account(in, sc)
	if err != nil {
		return nil, Account{}, err
	}
	caps := capabilities(sc)
	filter, err := seccomp(in, sc, caps)
	if err != nil {
		return nil, Account{}, err
	}
	privileged := isTrue(sc.Privileged)
	dir, name := filepath.Split(in.Cgroup)
	c := &configs.Config{
		Readonlyfs:      isTrue(sc.ReadOnlyRootFilesystem),
		Hostname:        in.Hostname,
		NoNewPrivileges: noNewPrivileges(sc),
		Capabilities:    caps,
		Seccomp:         filter,
		Cgroups:         &cgroups.Cgroup{Name: name, Parent: filepath.Clean(dir), Resources: resources(in)},
		Mounts:          systemMounts(in, privileged),
		Rlimits:         rlimits(),
		OomScoreAdj:     oomScore(in),
		Namespaces:      namespaces(in),
		Sysctl:          sysctls(in),
	}
	if in.UTS != "" {
		c.Hostname = "" // the pod's namespace has it
	}
	if unmasked := sc.ProcMount != nil && *sc.ProcMount == corev1.UnmaskedProcMount; !privileged && !unmasked {
		c.MaskPaths, c.ReadonlyPaths = masked, readOnly
	}
	for _, m := range in.Mounts {
		c.Mounts = append(c.Mounts, bind(m))
	}
	addDevices(c, privileged)
	return c, who, nil
}

func namespaces(in *Input) configs.Namespaces {
	ns := configs.Namespaces{{Type: configs.NEWNS}, {Type: configs.NEWPID}, {Type: configs.NEWIPC, Path: in.IPC},
		{Type: configs.NEWUTS, Path: in.UTS}, {Type: configs.NEWCGROUP}}
	if in.NetNS != "" {
		ns = append(ns, configs.Namespace{Type: configs.NEWNET, Path: in.NetNS})
	}
	return ns
}

// sysctls lets a program that is not root listen on any port of its own pod, as containerd does for Kubernetes.
func sysctls(in *Input) map[string]string {
	out := map[string]string{}
	if in.NetNS != "" {
		out["net.ipv4.ip_unprivileged_port_start"] = "0"
	}
	if sc := in.Pod.Spec.SecurityContext; sc != nil {
		for _, s := range sc.Sysctls {
			out[strings.ReplaceAll(s.Name, "/", ".")] = s.Value
		}
	}
	return out
}

// addDevices gives the usual harmless devices, or to a privileged container all of the machine's.
func addDevices(c *configs.Config, privileged bool) {
	r := c.Cgroups.Resources
	seen := map[string]bool{}
	for _, d := range specconv.AllowedDevices {
		r.Devices = append(r.Devices, &d.Rule)
		if d.Path != "" {
			c.Devices = append(c.Devices, d)
			seen[d.Path] = true
		}
	}
	if !privileged {
		return
	}
	r.Devices = []*devices.Rule{{Type: devices.WildcardDevice, Major: devices.Wildcard, Minor: devices.Wildcard, Permissions: "rwm", Allow: true}}
	host, err := hostdevices.HostDevices()
	if err != nil {
		return
	}
	for _, d := range host {
		if !seen[d.Path] {
			c.Devices = append(c.Devices, d)
		}
	}
}
