package node

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Usage is what a container uses.
type Usage struct {
	CPUMillis   int64 // thousandths of a CPU, over the time since it was last asked for, or a second
	MemoryBytes int64 // working set: what it cannot do without
}

// usage remembers what the counters were.
type usage struct {
	mu   sync.Mutex
	last map[string]sample
}

type sample struct {
	at     time.Time
	cpu    time.Duration
	millis int64
}

func (u *usage) forget(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.last, id)
}

// rate is the use of CPU since the last sample that is old enough to tell something.
func (u *usage) rate(id string, began time.Time, cpu time.Duration) int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[string]sample{}
	}
	now := time.Now()
	s, ok := u.last[id]
	if !ok {
		s = sample{at: began}
	} else if now.Sub(s.at) < time.Second {
		return s.millis
	}
	millis := int64(0)
	if took := now.Sub(s.at); took > 0 {
		millis = int64((cpu - s.cpu) * 1000 / took)
	}
	u.last[id] = sample{now, cpu, millis}
	return millis
}

// Usage is what the pod's running containers use, by name.
func (n *Node) Usage(pod *corev1.Pod) (map[string]Usage, error) {
	w := n.worker(pod.UID)
	if w == nil {
		return nil, fmt.Errorf("pod %s/%s: not on this node", pod.Namespace, pod.Name)
	}
	runs := make(chan map[string]*running, 1)
	w.post(func() { runs <- w.runs() })
	var all map[string]*running
	select {
	case all = <-runs:
	case <-w.gone:
		return nil, nil
	case <-w.ctx.Done():
		return nil, w.ctx.Err()
	}
	out := map[string]Usage{}
	for name, r := range all {
		cpu, err := cpuTime(r.keeper.Cgroups)
		if err != nil {
			continue // it has just ended
		}
		memory, err := workingSet(r.keeper.Cgroups)
		if err != nil {
			continue
		}
		out[name] = Usage{CPUMillis: n.usage.rate(r.id, r.since.Time, cpu), MemoryBytes: memory}
	}
	return out, nil
}

func (w *worker) runs() map[string]*running {
	out := map[string]*running{}
	for _, c := range w.all {
		if c.run != nil && c.run.keeper != nil {
			out[c.name] = c.run
		}
	}
	return out
}

func cpuTime(cgroups map[string]string) (time.Duration, error) {
	if dir, ok := cgroups["cpuacct"]; ok {
		n, err := readNumber(filepath.Join(dir, "cpuacct.usage"))
		return time.Duration(n), err
	}
	n, err := readField(filepath.Join(cgroups[""], "cpu.stat"), "usage_usec")
	return time.Duration(n) * time.Microsecond, err
}

// workingSet is the memory in use without the files that the kernel can drop at once, as the kubelet counts it.
func workingSet(cgroups map[string]string) (int64, error) {
	used, stat, field := filepath.Join(cgroups[""], "memory.current"), filepath.Join(cgroups[""], "memory.stat"), "inactive_file"
	if dir, ok := cgroups["memory"]; ok {
		used, stat, field = filepath.Join(dir, "memory.usage_in_bytes"), filepath.Join(dir, "memory.stat"), "total_inactive_file"
	}
	n, err := readNumber(used)
	if err != nil {
		return 0, err
	}
	idle, err := readField(stat, field)
	return max(0, n-idle), err
}

func readNumber(path string) (int64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64)
}

func readField(path, name string) (int64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if k, v, _ := strings.Cut(strings.TrimSpace(line), " "); k == name {
			return strconv.ParseInt(v, 10, 64)
		}
	}
	return 0, fmt.Errorf("%s: no %s", path, name)
}
