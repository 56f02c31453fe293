package compose

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// mount is one entry of volumes and where it was written.
type mount struct {
	types.ServiceVolumeConfig
	path []string
}

// use is a mount of a named volume by a container.
type use struct {
	unit  *unit
	mount mount
}

// users lists who mounts a named volume.
func (c *compiler) users(volume string) []use {
	var found []use
	for _, u := range c.units {
		for _, m := range u.mounts {
			if m.Type == types.VolumeTypeVolume && m.Source == volume {
				found = append(found, use{u, m})
			}
		}
	}
	return found
}

// inheritVolumes carries out volumes_from.
func (c *compiler) inheritVolumes() {
	done := map[*unit]bool{}
	var visit func(u *unit)
	visit = func(u *unit) {
		if done[u] {
			return
		}
		done[u] = true
		for i, from := range u.svc.VolumesFrom {
			at := u.path("volumes_from", indexStep(i))
			if strings.HasPrefix(from, types.ContainerPrefix) {
				c.refuse("a container outside the project has no volumes here; name a service", at...)
				continue
			}
			name, mode, _ := strings.Cut(from, ":")
			other := c.byName[name]
			if other == nil {
				c.refuse(fmt.Sprintf("there is no service %s whose volumes could be used", name), at...)
				continue
			}
			visit(other)
			for _, m := range other.mounts {
				if !slices.ContainsFunc(u.mounts, func(own mount) bool { return own.Target == m.Target }) {
					m.ReadOnly = m.ReadOnly || mode == "ro"
					m.path = at
					u.mounts = append(u.mounts, m)
				}
			}
		}
	}
	for _, u := range c.units {
		visit(u)
	}
}

// volumeOf is the source that a named volume has in a pod; nil if it is a claim of ours.
func (c *compiler) volumeOf(name string) *corev1.VolumeSource {
	v := c.project.Volumes[name]
	if v.External {
		return &corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: label(v.Name)}}
	}
	opts := v.DriverOpts
	o := options(opts["o"])
	switch opts["type"] {
	case "nfs", "nfs4":
		return &corev1.VolumeSource{NFS: &corev1.NFSVolumeSource{
			Server: o["addr"], Path: strings.TrimPrefix(opts["device"], ":"), ReadOnly: o.has("ro")}}
	case "tmpfs":
		return &corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory, SizeLimit: size(o["size"])}}
	case "none":
		if o.has("bind") {
			return &corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: opts["device"], Type: hostPathType(corev1.HostPathDirectory)}}
		}
	}
	return nil
}

// checkVolumes refuses drivers that are not here, and two writers on the files of one database.
func (c *compiler) checkVolumes() {
	for _, name := range slices.Sorted(maps.Keys(c.project.Volumes)) {
		used := c.users(name)
		if len(used) == 0 {
			continue
		}
		v := c.project.Volumes[name]
		at := []string{"volumes", name}
		if v.Driver != "" && v.Driver != "local" {
			c.refuse(fmt.Sprintf("volume driver %s is not here; on a cluster name a storage class with x-slipway: {storageClass: …}", v.Driver), append(at, "driver")...)
		}
		src := c.volumeOf(name)
		switch {
		case bool(v.External):
			c.info(fmt.Sprintf("claim %s must be in namespace %s already", label(v.Name), c.app.Namespace), append(at, "external")...)
		case src != nil && src.NFS != nil && (src.NFS.Server == "" || !strings.HasPrefix(src.NFS.Path, "/")):
			c.refuse("an NFS volume needs o: addr=SERVER and device: :/FOLDER", append(at, "driver_opts")...)
		case src != nil && src.HostPath != nil:
			c.warn("is a folder of this machine: it works on one machine only", append(at, "driver_opts")...)
		case src == nil && len(v.DriverOpts) > 0 && (len(v.DriverOpts) > 1 || v.DriverOpts["size"] == ""):
			c.refuse("these options of the driver are not carried; nfs, tmpfs and bind are", append(at, "driver_opts")...)
		}
		c.checkWriters(name, used)
	}
}

func (c *compiler) checkWriters(name string, used []use) {
	var writers []use
	database := false
	for _, w := range used {
		if w.mount.ReadOnly {
			continue
		}
		database = database || holdsDatabase(w.mount.Target) || w.unit.known != nil && w.unit.known.data == w.mount.Target
		if !slices.ContainsFunc(writers, func(o use) bool { return o.unit.pod == w.unit.pod }) {
			writers = append(writers, w)
		}
	}
	if !database {
		return
	}
	for _, w := range writers {
		if n := w.unit.pod.most(); n > 1 && !w.unit.pod.runsOnce() {
			c.refuse(fmt.Sprintf("volume %s holds a database and %s has %d replicas (%s), which would all write it and destroy it; keep one replica", name, w.unit.pod.name, n, c.origin(c.scalePath(w.unit.pod)...)), w.mount.path...)
		}
	}
	for _, w := range writers[min(1, len(writers)):] {
		first := writers[0]
		c.refuse(fmt.Sprintf("volume %s is used twice for writing: it holds a database, which %s writes already (%s); give %s its own volume, or mount it read-only", name, first.unit.name, c.origin(first.mount.path...), w.unit.name), w.mount.path...)
	}
}

func (c *compiler) scalePath(u *unit) []string {
	for _, p := range [][]string{u.path("deploy", "replicas"), u.path("scale"), u.path("x-slipway", "autoscale")} {
		if c.places.Root.Find(p...) != nil {
			return p
		}
	}
	return u.base
}

// ownClaim says whether a mount is of a volume that the pod of u has for itself: alone, once, and writing.
func (c *compiler) ownClaim(u *unit, m mount) bool {
	if m.Type != types.VolumeTypeVolume || m.Source == "" || c.volumeOf(m.Source) != nil || u.most() > 1 || u.runsOnce() {
		return false
	}
	written := false
	for _, other := range c.users(m.Source) {
		if other.unit.pod != u {
			return false
		}
		written = written || !other.mount.ReadOnly
	}
	return written
}

// addSharedClaims makes the claims that are not of one StatefulSet alone.
func (c *compiler) addSharedClaims() {
	for _, name := range slices.Sorted(maps.Keys(c.project.Volumes)) {
		used := c.users(name)
		if len(used) == 0 || c.volumeOf(name) != nil || c.ownClaim(used[0].unit.pod, used[0].mount) {
			continue
		}
		pods := map[*unit]bool{}
		for _, w := range used {
			pods[w.unit.pod] = true
		}
		mode := corev1.ReadWriteMany
		if one := used[0].unit.pod; len(pods) == 1 && one.most() <= 1 {
			mode = corev1.ReadWriteOnce
		}
		claim := c.claim(name, mode)
		service := c.app.Namespace
		if len(pods) == 1 {
			service = used[0].unit.pod.id
		}
		c.add(&claim, service, "volumes", name)
	}
}

// defaultSize is asked for where Compose, whose volumes have no size, says none.
const defaultSize = "8Gi"

func (c *compiler) claim(name string, mode corev1.PersistentVolumeAccessMode) corev1.PersistentVolumeClaim {
	at := []string{"volumes", name}
	v := c.project.Volumes[name]
	ext := c.volumeExtension(name)
	want := ext.Size
	if want == "" {
		want = v.DriverOpts["size"]
	}
	quantity := size(want)
	if quantity == nil {
		if want != "" {
			c.refuse(fmt.Sprintf("%q is no size; write 10Gi, for instance", want), append(at, "x-slipway", "size")...)
		}
		q := resource.MustParse(defaultSize)
		quantity = &q
		if c.places.Root.Find(at...) != nil {
			c.info("asks for "+defaultSize+", because Compose has no size; say x-slipway: {size: …} for another", at...)
		}
	}
	claim := corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: label(name), Annotations: c.annotations(v.Labels, at...)},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{mode},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: *quantity}},
		},
	}
	if ext.StorageClass != "" {
		claim.Spec.StorageClassName = &ext.StorageClass
	}
	return claim
}

// settings are comma separated options, as mount(8) has them.
type settings map[string]string

func options(s string) settings {
	m := settings{}
	for part := range strings.SplitSeq(s, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		if k != "" {
			m[k] = v
		}
	}
	return m
}

func (s settings) has(key string) bool { _, ok := s[key]; return ok }

func hostPathType(t corev1.HostPathType) *corev1.HostPathType { return &t }
