package known

import (
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Claim is a claim that a workload's pods use.
type Claim struct {
	Volume   string // name by which containers mount it
	Name     string // of the claim, or of its template
	Field    string // where the workload says so
	Template bool   // every pod has its own
	Spec     *corev1.PersistentVolumeClaimSpec
	Object   *objects.Object // the claim; nil for a template
}

// Claims lists the claims of a workload's pods that are described in the files.
func Claims(g *objects.Graph, w *objects.Workload) []Claim {
	var all []Claim
	if s, ok := w.Object.Object.(*appsv1.StatefulSet); ok {
		for i := range s.Spec.VolumeClaimTemplates {
			t := &s.Spec.VolumeClaimTemplates[i]
			all = append(all, Claim{Volume: t.Name, Name: t.Name, Field: fmt.Sprintf("spec.volumeClaimTemplates[%d]", i), Template: true, Spec: &t.Spec})
		}
	}
	for i := range w.Pod.Volumes {
		v := &w.Pod.Volumes[i]
		if v.PersistentVolumeClaim == nil {
			continue
		}
		o := g.Find("PersistentVolumeClaim", w.Namespace(), v.PersistentVolumeClaim.ClaimName)
		if o == nil {
			continue
		}
		if c, ok := o.Object.(*corev1.PersistentVolumeClaim); ok {
			all = append(all, Claim{Volume: v.Name, Name: o.Name(), Field: fmt.Sprintf("%s.volumes[%d].persistentVolumeClaim", w.Path, i), Spec: &c.Spec, Object: o})
		}
	}
	return all
}

// OnOneNode says that a claim's volume cannot be used on two nodes at once, so that a second pod may wait for ever.
func OnOneNode(g *objects.Graph, c *corev1.PersistentVolumeClaimSpec) bool {
	for _, m := range c.AccessModes {
		if m != corev1.ReadWriteOnce && m != corev1.ReadWriteOncePod {
			return false
		}
	}
	m := MediumOf(g, c)
	return len(c.AccessModes) > 0 && m != Network && m != Local
}

// MediumOf is what a claim's volume will lie on: by its volume, its class in the files, or the name of its class.
func MediumOf(g *objects.Graph, c *corev1.PersistentVolumeClaimSpec) Medium {
	if c.VolumeName != "" {
		if o := g.Find("PersistentVolume", "", c.VolumeName); o != nil {
			if v, ok := o.Object.(*corev1.PersistentVolume); ok {
				return volumeMedium(&v.Spec)
			}
		}
	}
	if c.StorageClassName == nil {
		return Unknown
	}
	name := *c.StorageClassName
	if name == "" {
		if all := g.OfKind("PersistentVolume"); len(all) > 0 { // bound by hand: the first tells what is usual here
			if v, ok := all[0].Object.(*corev1.PersistentVolume); ok {
				return volumeMedium(&v.Spec)
			}
		}
		return Unknown
	}
	if o := g.Find("StorageClass", "", name); o != nil {
		if s, ok := o.Object.(*storagev1.StorageClass); ok {
			return ProvisionerOf(s.Provisioner).Medium
		}
	}
	if m := classes[name]; m != Unknown {
		return m
	}
	for _, part := range []string{"nfs", "efs", "cephfs", "rwx", "smb", "file"} {
		if strings.Contains(name, part) {
			return Network
		}
	}
	for _, part := range []string{"local", "hostpath"} {
		if strings.Contains(name, part) {
			return Local
		}
	}
	return Unknown
}

func volumeMedium(v *corev1.PersistentVolumeSpec) Medium {
	switch {
	case v.NFS != nil, v.CephFS != nil, v.Glusterfs != nil, v.AzureFile != nil, v.Quobyte != nil:
		return Network
	case v.HostPath != nil, v.Local != nil:
		return Local
	case v.CSI != nil:
		return ProvisionerOf(v.CSI.Driver).Medium
	}
	return Disk
}
