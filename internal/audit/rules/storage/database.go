package storage

import (
	"fmt"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

var databases = []*rule.Rule{
	{ID: "database-without-volume", Severity: rule.Broken, Title: "A database keeps its data where they end with the pod",
		Why:     "The next restart, update or drained node starts it empty.",
		Advice:  "mount a claim at its data directory",
		Compose: "mount a named volume at its data directory",
		Sources: []string{volumesDoc + "#emptydir", docs + "concepts/containers/images/"}, Check: withoutVolume},
	{ID: "data-dir-not-empty", Severity: rule.Broken, Title: "A database's image refuses the volume, because it is not empty",
		Why:     "A new disk with an ext4 file system has a folder lost+found, and the image makes a new database in an empty folder only: the first start fails, and every one after it.",
		Advice:  "mount a folder of the volume (subPath), or let the data be in one (PGDATA). With data on the volume already, move them there first",
		Sources: []string{"https://github.com/docker-library/mysql/issues/186", "https://github.com/docker-library/docs/blob/master/postgres/README.md#pgdata"}, Check: dirNotEmpty},
	{ID: "database-without-backup", Severity: rule.Risk, Title: "A database is nowhere backed up",
		Why:     "A disk that fails, or one wrong DELETE, is the end of the data. Replicas carry out the DELETE too.",
		Advice:  "add a CronJob that dumps it to storage elsewhere, or scheduled volume snapshots, and try a restore",
		Compose: "add a service with x-slipway.schedule that dumps it to storage elsewhere, and try a restore",
		Sources: []string{docs + "concepts/storage/volume-snapshots/"}, Check: withoutBackup},
}

// store is a database with the place of its data.
type store struct {
	*objects.Workload
	c    *corev1.Container
	path string // of the container
	prog *known.Program
	dir  string // of the data
	// mount is what covers the directory, nil if nothing does; it is below it if several are.
	mount *corev1.VolumeMount
	at    string
}

func stores(p *rule.Pass, visit func(store)) {
	for _, w := range p.Workloads() {
		if !known.Runs(w) || w.Kind() == "DaemonSet" {
			continue
		}
		for i := range w.Pod.Containers {
			c := &w.Pod.Containers[i]
			prog := known.Of(c.Image)
			if prog == nil || !prog.Database {
				continue
			}
			s := store{Workload: w, c: c, path: fmt.Sprintf("%s.containers[%d]", w.Path, i), prog: prog, dir: prog.DataDir(c)}
			for j := range c.VolumeMounts {
				m := &c.VolumeMounts[j]
				if !covers(m.MountPath, s.dir) || s.mount != nil && len(path.Clean(m.MountPath)) < len(path.Clean(s.mount.MountPath)) {
					continue
				}
				s.mount, s.at = m, fmt.Sprintf("%s.volumeMounts[%d]", s.path, j)
			}
			visit(s)
		}
	}
}

// covers says that a directory is a folder or below it.
func covers(folder, dir string) bool {
	folder, dir = path.Clean(folder), path.Clean(dir)
	return folder == dir || strings.HasPrefix(dir, strings.TrimSuffix(folder, "/")+"/")
}

// lasting finds what a mount keeps its files in, as known from the pod; false for what ends with it.
func (s *store) lasting(name string) (volume *corev1.Volume, ok bool) {
	for i := range s.Pod.Volumes {
		v := &s.Pod.Volumes[i]
		if v.Name == name {
			return v, v.EmptyDir == nil && v.ConfigMap == nil && v.Secret == nil && v.Projected == nil && v.DownwardAPI == nil && v.Ephemeral == nil && v.GitRepo == nil
		}
	}
	return nil, true // a claim template, or a fault of its own
}

func withoutVolume(p *rule.Pass) {
	stores(p, func(s store) {
		if s.mount == nil {
			for _, m := range s.c.VolumeMounts { // perhaps a configuration says that the data are there
				if _, ok := s.lasting(m.Name); ok {
					return
				}
			}
			p.Report(s.Object, s.path+".volumeMounts", "container %s runs %s and mounts no volume at %s", s.c.Name, s.prog.Name, s.dir)
			return
		}
		if v, ok := s.lasting(s.mount.Name); !ok {
			p.Report(s.Object, s.at, "container %s runs %s with its data in volume %s, of type %s, which ends with the pod", s.c.Name, s.prog.Name, s.mount.Name, typeOf(&v.VolumeSource))
		}
	})
}

func dirNotEmpty(p *rule.Pass) {
	stores(p, func(s store) {
		m := s.mount
		if m == nil || s.prog.Refuses == "" || path.Clean(m.MountPath) != s.dir || m.SubPath != "" || m.SubPathExpr != "" || known.Composed(s.Object) {
			return
		}
		if words := everyWord(s.Pod); strings.Contains(words, "lost+found") || !s.formatted(p, m.Name) {
			return
		}
		p.Report(s.Object, s.at, "container %s mounts volume %s at %s itself, and %s refuses a folder that is not empty: %s", s.c.Name, m.Name, s.dir, s.prog.Name, s.prog.Refuses).
			Show(fmt.Sprintf("volumeMounts:\n- name: %s\n  mountPath: %s\n  subPath: data", m.Name, m.MountPath))
	})
}

func everyWord(spec *corev1.PodSpec) string {
	var all []string
	objects.EachContainer(spec, "", func(c *corev1.Container, _ string) {
		all = append(append(all, c.Command...), c.Args...)
	})
	return strings.Join(all, " ")
}

// formatted says that a volume is a disk with a file system of its own that has a folder in it from the start.
func (s *store) formatted(p *rule.Pass, name string) bool {
	for _, c := range known.Claims(p.Graph, s.Workload) {
		if c.Volume != name {
			continue
		}
		m := known.MediumOf(p.Graph, c.Spec)
		return m != known.Network && m != known.Local && !xfs(p, c.Spec)
	}
	for i := range s.Pod.Volumes {
		if v := &s.Pod.Volumes[i]; v.Name == name {
			return v.GCEPersistentDisk != nil && v.GCEPersistentDisk.FSType != "xfs" || v.AWSElasticBlockStore != nil && v.AWSElasticBlockStore.FSType != "xfs" || v.Cinder != nil && v.Cinder.FSType != "xfs"
		}
	}
	return false
}

// xfs says that a class makes file systems that are empty at first.
func xfs(p *rule.Pass, c *corev1.PersistentVolumeClaimSpec) bool {
	if c.StorageClassName == nil {
		return false
	}
	if strings.Contains(*c.StorageClassName, "xfs") {
		return true
	}
	o := p.Find("StorageClass", "", *c.StorageClassName)
	if o == nil {
		return false
	}
	class, ok := o.Object.(*storagev1.StorageClass)
	if !ok {
		return false
	}
	for key, value := range class.Parameters {
		if strings.HasSuffix(strings.ToLower(key), "fstype") && value == "xfs" {
			return true
		}
	}
	return false
}
