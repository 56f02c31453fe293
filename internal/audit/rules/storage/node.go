package storage

import (
	"fmt"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

var nodes = []*rule.Rule{
	{ID: "nfs-in-pod", Severity: rule.Risk, Title: "A pod template names an NFS server",
		Why:     "The server's address is in every workload that uses it, and mount options (hard, nfsvers) cannot be given: a server that is away for a minute gives errors, or a pod that cannot be ended.",
		Advice:  "describe it once as a PersistentVolume with mountOptions, and claim it",
		Sources: []string{volumesDoc + "#nfs", claimsDoc + "#mount-options"}, Check: nfsInPod},
	{ID: "host-path", Severity: rule.Risk, Title: "A pod keeps files in a folder of its node",
		Why:     "On another node the pod finds another folder, or none; with the node its files are lost, and whoever gets into the pod is on the node's disk.",
		Advice:  "use a claim, or emptyDir for what need not last",
		Compose: "use a named volume instead of a folder of this machine",
		Sources: []string{volumesDoc + "#hostpath"}, Check: hostPath},
	{ID: "volume-not-mounted", Severity: rule.Risk, Title: "A volume is declared and no container mounts it",
		Why:     "What it was to keep is kept nowhere: the container writes into its own file system, which is gone with it.",
		Advice:  "mount it, or remove it",
		Sources: []string{volumesDoc}, Check: volumeNotMounted},
}

func nfsInPod(p *rule.Pass) {
	for _, w := range p.Workloads() {
		for i := range w.Pod.Volumes {
			if v := &w.Pod.Volumes[i]; v.NFS != nil {
				p.Report(w.Object, fmt.Sprintf("%s.volumes[%d].nfs", w.Path, i), "volume %s names the NFS server %s in the pod template", v.Name, v.NFS.Server)
			}
		}
	}
}

// harmless are files of the node that say how the node is, and sockets and devices, which other rules are about.
func harmless(dir string) bool {
	dir = path.Clean(dir)
	return strings.HasSuffix(dir, ".sock") || dir == "/etc/localtime" || dir == "/etc/timezone" || dir == "/dev" || strings.HasPrefix(dir, "/dev/")
}

func hostPath(p *rule.Pass) {
	for _, w := range p.Workloads() {
		if w.Kind() == "DaemonSet" || w.Namespace() == "kube-system" {
			continue // an agent of the node
		}
		written := mounted(w, func(m *corev1.VolumeMount) bool { return !m.ReadOnly })
		var dirs []string
		at := ""
		for i := range w.Pod.Volumes {
			v := &w.Pod.Volumes[i]
			if v.HostPath == nil || harmless(v.HostPath.Path) || known.Composed(w.Object) && !written[v.Name] {
				continue
			}
			dirs = append(dirs, v.HostPath.Path)
			if at == "" {
				at = fmt.Sprintf("%s.volumes[%d].hostPath", w.Path, i)
			}
		}
		if dirs != nil {
			p.Report(w.Object, at, "mounts %s of its node", strings.Join(dirs, ", "))
		}
	}
	for _, d := range disks(p) {
		if d.spec.HostPath != nil && d.spec.NodeAffinity == nil {
			p.Report(d.Object, "spec.hostPath", "is the folder %s of whatever node the pod happens to run on", d.spec.HostPath.Path).
				Advise("use a local volume with nodeAffinity, or a class that makes volumes")
		}
	}
}

// mounted are the volumes that some container of a workload mounts in a way.
func mounted(w *objects.Workload, so func(*corev1.VolumeMount) bool) map[string]bool {
	all := map[string]bool{}
	objects.EachContainer(w.Pod, "", func(c *corev1.Container, _ string) {
		for i := range c.VolumeMounts {
			if so(&c.VolumeMounts[i]) {
				all[c.VolumeMounts[i].Name] = true
			}
		}
		for _, d := range c.VolumeDevices {
			all[d.Name] = true
		}
	})
	return all
}

func volumeNotMounted(p *rule.Pass) {
	for _, w := range p.Workloads() {
		used := mounted(w, func(*corev1.VolumeMount) bool { return true })
		var idle []string
		at := ""
		add := func(name, field string) {
			if name != "" && !used[name] {
				idle = append(idle, name)
				if at == "" {
					at = field
				}
			}
		}
		for i := range w.Pod.Volumes {
			add(w.Pod.Volumes[i].Name, fmt.Sprintf("%s.volumes[%d]", w.Path, i))
		}
		for _, c := range known.Claims(p.Graph, w) {
			if c.Template {
				add(c.Name, c.Field)
			}
		}
		if len(idle) == 1 {
			p.Report(w.Object, at, "declares volume %s, which no container mounts", idle[0])
		} else if idle != nil {
			p.Report(w.Object, at, "declares volumes %s, which no container mounts", strings.Join(idle, ", "))
		}
	}
}
