package security

import (
	"fmt"
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
var system = []string{"/", "/etc", "/root", "/proc", "/sys", "/dev", "/boot", "/usr", "/bin", "/sbin", "/lib", "/var", "/run", "/var/run", "/var/log", "/var/lib", "/home"}
var below = []string{"/etc/", "/root/", "/proc/", "/sys/", "/boot/", "/var/lib/kubelet", "/var/lib/docker", "/var/lib/containerd", "/var/lib/etcd", "/var/run/", "/run/"}

func isSocket(host string) bool { return slices.Contains(sockets, path.Base(host)) }

func isSystem(host string) bool {
	return slices.Contains(system, path.Clean(host)) || slices.ContainsFunc(below, func(b string) bool { return strings.HasPrefix(host, b) })
}

// harmlessPaths are of the node and say nothing of it.
var harmlessPaths = []string{"/etc/localtime", "/etc/timezone", "/usr/share/zoneinfo", "/etc/ssl/certs", "/etc/pki", "/dev/null", "/dev/shm", "/etc/machine-id"}

func isHarmless(host string) bool {
	return slices.ContainsFunc(harmlessPaths, func(h string) bool { return host == h || strings.HasPrefix(host, h+"/") })
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

func checkHostPaths(p *rule.Pass) {
	eachWorkload(p, func(w *objects.Workload) {
		if agent(w) || controlPlane(w) {
			return
		}
		var list []string
		var field string
		for i, v := range w.Pod.Volumes {
			if v.HostPath == nil || isSocket(v.HostPath.Path) || isHarmless(v.HostPath.Path) || isDevice(v.HostPath) {
				continue
			}
			text := fmt.Sprintf("volume %s is %s of whatever node the pod is on", v.Name, v.HostPath.Path)
			if isSystem(v.HostPath.Path) {
				text = fmt.Sprintf("volume %s is %s, a part of the node's own system", v.Name, v.HostPath.Path)
			}
			list = append(list, text)
			if field == "" {
				field = indexed(w.Path+".volumes", i) + ".hostPath"
			}
		}
		if len(list) > 0 {
			p.Report(w.Object, field, "%s", strings.Join(list, "; "))
		}
	})
	for _, o := range p.OfKind("PersistentVolume") {
		if v, ok := o.Object.(*corev1.PersistentVolume); ok && v.Spec.HostPath != nil {
			p.Report(o, "spec.hostPath", "the volume is %s of whatever node the pod is on", v.Spec.HostPath.Path).
				Advise("use a StorageClass of the cluster, or local: with nodeAffinity, so that the pod follows its data")
		}
	}
}

// isDevice is a device that a pod was given, which is what this type of hostPath is for.
func isDevice(h *corev1.HostPathVolumeSource) bool {
	return h.Type != nil && (*h.Type == corev1.HostPathCharDev || *h.Type == corev1.HostPathBlockDev)
}
