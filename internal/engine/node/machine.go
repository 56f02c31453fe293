package node

import (
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/slipway-sh/slipway/internal/engine/api/support"
)

// Runtime begins the version of the runtime in the status of Nodes that are run from here, and container IDs.
const Runtime = "slipway://"

// machine is what this computer is and has.
type machine struct {
	memory int64
	cpus   int
	boot   string // a new one each time the machine starts
	info   corev1.NodeSystemInfo
	host   string
}

func readMachine() (machine, error) {
	var si unix.Sysinfo_t
	if err := unix.Sysinfo(&si); err != nil {
		return machine{}, os.NewSyscallError("sysinfo", err)
	}
	var un unix.Utsname
	if err := unix.Uname(&un); err != nil {
		return machine{}, os.NewSyscallError("uname", err)
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return machine{}, err
	}
	id, _ := os.ReadFile("/etc/machine-id")
	host, err := os.Hostname()
	if err != nil {
		return machine{}, err
	}
	m := machine{memory: int64(si.Totalram) * int64(si.Unit), cpus: runtime.NumCPU(), boot: strings.TrimSpace(string(boot)), host: host}
	m.info = corev1.NodeSystemInfo{
		MachineID: strings.TrimSpace(string(id)), SystemUUID: strings.TrimSpace(string(id)), BootID: m.boot,
		KernelVersion: unix.ByteSliceToString(un.Release[:]), OSImage: osName(),
		ContainerRuntimeVersion: Runtime + "libcontainer", KubeletVersion: "v1.37.0-slipway",
		OperatingSystem: runtime.GOOS, Architecture: runtime.GOARCH,
	}
	return m, nil
}

func osName() string {
	b, _ := os.ReadFile("/etc/os-release")
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
			return strings.Trim(strings.TrimSpace(v), `"`)
		}
	}
	return "Linux"
}

// maxPods is what the API lets one object ask for; see support.MostPods.
const maxPods = support.MostPods

func (m machine) capacity() corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewQuantity(int64(m.cpus), resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(m.memory, resource.BinarySI),
		corev1.ResourcePods:   *resource.NewQuantity(maxPods, resource.DecimalSI),
	}
}

// allocatable leaves something for the machine itself and for the engine.
func (m machine) allocatable() corev1.ResourceList {
	out := m.capacity()
	out[corev1.ResourceMemory] = *resource.NewQuantity(max(m.memory-(256<<20), m.memory/2), resource.BinarySI)
	return out
}
