package confine

import (
	"github.com/opencontainers/runc/libcontainer/configs"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

// Docker's list of what a container must not see, and of what it must not change.
var (
	masked = []string{
		"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
		"/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap",
		"/sys/firmware",
	}
	readOnly = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
)

// Mount is a file or directory of the host that the container sees.
type Mount struct {
	Source      string
	Path        string // absolute, in the container
	ReadOnly    bool
	Recursive   bool // read-only down to what is mounted below
	Propagation corev1.MountPropagationMode
}

const harmless = unix.MS_NOEXEC | unix.MS_NOSUID | unix.MS_NODEV

// systemMounts are the file systems of the kernel.
func systemMounts(in *Input, privileged bool) []*configs.Mount {
	sys := harmless | unix.MS_RDONLY
	if privileged {
		sys = harmless
	}
	out := []*configs.Mount{
		{Source: "proc", Destination: "/proc", Device: "proc", Flags: harmless},
		{Source: "tmpfs", Destination: "/dev", Device: "tmpfs", Flags: unix.MS_NOSUID | unix.MS_STRICTATIME, Data: "mode=755,size=65536k"},
		{Source: "devpts", Destination: "/dev/pts", Device: "devpts", Flags: unix.MS_NOSUID | unix.MS_NOEXEC, Data: "newinstance,ptmxmode=0666,mode=0620,gid=5"},
		{Source: "mqueue", Destination: "/dev/mqueue", Device: "mqueue", Flags: harmless},
		{Source: "sysfs", Destination: "/sys", Device: "sysfs", Flags: sys},
		{Source: "cgroup", Destination: "/sys/fs/cgroup", Device: "cgroup", Flags: harmless | unix.MS_RELATIME | sys&unix.MS_RDONLY},
	}
	if in.Shm == "" {
		return append(out, &configs.Mount{Source: "shm", Destination: "/dev/shm", Device: "tmpfs", Flags: harmless, Data: "mode=1777,size=65536k"})
	}
	return append(out, bind(Mount{Source: in.Shm, Path: "/dev/shm"}))
}

func bind(m Mount) *configs.Mount {
	out := &configs.Mount{Source: m.Source, Destination: m.Path, Device: "bind", Flags: unix.MS_BIND | unix.MS_REC}
	switch m.Propagation {
	case corev1.MountPropagationHostToContainer:
		out.PropagationFlags = []int{unix.MS_SLAVE | unix.MS_REC}
	case corev1.MountPropagationBidirectional:
		out.PropagationFlags = []int{unix.MS_SHARED | unix.MS_REC}
	default:
		out.PropagationFlags = []int{unix.MS_PRIVATE | unix.MS_REC}
	}
	if m.ReadOnly {
		out.Flags |= unix.MS_RDONLY
		if m.Recursive {
			out.RecAttr = &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
		}
	}
	return out
}
