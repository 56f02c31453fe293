package confine

import (
	"os"
	"strconv"
	"strings"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/runc/libcontainer/configs"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

// PIDsAnnotation limits the processes of each of a pod's containers; -1 is no limit.
const PIDsAnnotation = "slipway.dev/pids-limit"

// defaultPIDs stops a fork bomb and nothing else.
const defaultPIDs = 16384

const cpuPeriod = 100000 // µs

// resources are the limits of the container's cgroup. Requests count as relative weights, as on a node of a cluster.
func resources(in *Input) *cgroups.Resources {
	r := &cgroups.Resources{CpuShares: 2}
	res := in.Container.Resources
	if q, ok := res.Requests[corev1.ResourceCPU]; ok {
		r.CpuShares = min(max(2, uint64(q.MilliValue())*1024/1000), 262144)
	}
	if q, ok := res.Limits[corev1.ResourceCPU]; ok && !q.IsZero() {
		r.CpuPeriod = cpuPeriod
		r.CpuQuota = max(1000, q.MilliValue()*cpuPeriod/1000)
		if _, asked := res.Requests[corev1.ResourceCPU]; !asked {
			r.CpuShares = min(max(2, uint64(q.MilliValue())*1024/1000), 262144)
		}
	}
	if q, ok := res.Limits[corev1.ResourceMemory]; ok && !q.IsZero() {
		r.Memory, r.MemorySwap = q.Value(), q.Value()
	}
	if cgroups.IsCgroup2UnifiedMode() {
		r.CpuWeight = cgroups.ConvertCPUSharesToCgroupV2Value(r.CpuShares)
		r.CpuShares = 0
		r.Unified = map[string]string{"memory.oom.group": "1"}
	}
	pids := int64(defaultPIDs)
	if n, err := strconv.ParseInt(in.Pod.Annotations[PIDsAnnotation], 10, 64); err == nil {
		pids = n
	}
	r.PidsLimit = &pids
	return r
}

// rlimits: as many files as Kubernetes' runtimes give, or as the machine allows.
func rlimits() []configs.Rlimit {
	files := uint64(1 << 20)
	var l unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &l) == nil {
		files = min(files, l.Max)
	}
	return []configs.Rlimit{{Type: unix.RLIMIT_NOFILE, Hard: files, Soft: files}}
}

// oomScore is the kubelet's score by quality of service; nil if this process may not set it. Raising is always
// allowed, lowering only with CAP_SYS_RESOURCE.
func oomScore(in *Input) *int {
	score := 1000
	switch in.QOS {
	case corev1.PodQOSGuaranteed:
		score = -997
	case corev1.PodQOSBurstable:
		if total := totalMemory(); total > 0 {
			req := in.Container.Resources.Requests[corev1.ResourceMemory]
			score = min(max(3, 1000-int(1000*req.Value()/total)), 999)
		}
	}
	b, err := os.ReadFile("/proc/self/oom_score_adj")
	if err != nil {
		return nil
	}
	own, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || score < own && !has("CAP_SYS_RESOURCE") {
		return nil
	}
	return &score
}

func has(name string) bool {
	for _, c := range ours() {
		if c == name {
			return true
		}
	}
	return false
}

func totalMemory() int64 {
	var si unix.Sysinfo_t
	if unix.Sysinfo(&si) != nil {
		return 0
	}
	return int64(si.Totalram) * int64(si.Unit)
}
