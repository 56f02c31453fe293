package security

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

func checkHostNamespaces(p *rule.Pass) {
	eachWorkload(p, func(w *objects.Workload) {
		if agent(w) || controlPlane(w) {
			return
		}
		var list []string
		for _, n := range []struct {
			name string
			on   bool
		}{{"hostNetwork", w.Pod.HostNetwork}, {"hostPID", w.Pod.HostPID}, {"hostIPC", w.Pod.HostIPC}} {
			if n.on {
				list = append(list, n.name)
			}
		}
		if len(list) > 0 {
			p.Report(w.Object, w.Path+"."+list[0], "the pod has %s", strings.Join(list, ", "))
		}
	})
}

// controlPlane says that a pod is one of the cluster's own.
func controlPlane(w *objects.Workload) bool {
	return w.Pod.PriorityClassName == "system-node-critical" || w.Pod.PriorityClassName == "system-cluster-critical"
}

var sockets = []string{"docker.sock", "containerd.sock", "crio.sock", "podman.sock", "cri-dockerd.sock", "buildkitd.sock"}

// system are folders that are the node itself, with everything below some of them.
var system = []string{"/", "/etc", "/root", "/proc", "/sys", "/dev", "/boot", "/usr", "/bin", "/sbin", "/lib", "/var", "/run", "/var/run", "/var/lib", "/home"}

var below = []string{"/etc/", "/root/", "/proc/", "/sys/", "/boot/", "/var/lib/kubelet", "/var/lib/docker", "/var/lib/containerd", "/var/lib/etcd", "/var/run/", "/run/"}

func isSocket(host string) bool { return slices.Contains(sockets, path.Base(host)) }

func isSystem(host string) bool {
	return slices.Contains(system, path.Clean(host)) || slices.ContainsFunc(below, func(b string) bool { return strings.HasPrefix(host, b) })
}

func checkSocket(p *rule.Pass) {
	eachWorkload(p, func(w *objects.Workload) {
		if agent(w) {
			return
		}
		for i, v := range w.Pod.Volumes {
			if v.HostPath != nil && isSocket(v.HostPath.Path) {
				p.Report(w.Object, indexed(w.Path+".volumes", i)+".hostPath", "volume %s is %s of the node", v.Name, v.HostPath.Path)
			}
		}
	})
}

// checkSystemPaths is about pods on every node. What other pods keep in folders of a node is lost with the node: that is
// a rule on storage (host-path).
func checkSystemPaths(p *rule.Pass) {
	eachWorkload(p, func(w *objects.Workload) {
		if w.Kind() != "DaemonSet" || agent(w) || controlPlane(w) {
			return
		}
		var list []string
		field := ""
		for i, v := range w.Pod.Volumes {
			if v.HostPath == nil || isSocket(v.HostPath.Path) || !isSystem(v.HostPath.Path) || !writes(w.Pod, v.Name) {
				continue
			}
			list = append(list, v.HostPath.Path)
			if field == "" {
				field = indexed(w.Path+".volumes", i) + ".hostPath"
			}
		}
		if len(list) > 0 {
			p.Report(w.Object, field, "the pod can write to %s of every node", strings.Join(list, ", "))
		}
	})
}

// writes says that a container mounts a volume and may write to it.
func writes(pod *corev1.PodSpec, volume string) bool {
	found := false
	objects.EachContainer(pod, "", func(c *corev1.Container, _ string) {
		for _, m := range c.VolumeMounts {
			found = found || m.Name == volume && !m.ReadOnly
		}
	})
	return found
}
