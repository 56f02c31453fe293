package defaults

import (
	corev1 "k8s.io/api/core/v1"
)

func setPodVolume(v *corev1.Volume) {
	if v.VolumeSource == (corev1.VolumeSource{}) {
		v.EmptyDir = &corev1.EmptyDirVolumeSource{}
	}
	if s := v.HostPath; s != nil {
		value(&s.Type, corev1.HostPathUnset)
	}
	if s := v.Secret; s != nil {
		value(&s.DefaultMode, corev1.SecretVolumeSourceDefaultMode)
	}
	if s := v.ConfigMap; s != nil {
		value(&s.DefaultMode, corev1.ConfigMapVolumeSourceDefaultMode)
	}
	if s := v.DownwardAPI; s != nil {
		value(&s.DefaultMode, corev1.DownwardAPIVolumeSourceDefaultMode)
		setDownward(s.Items)
	}
	if s := v.Projected; s != nil {
		value(&s.DefaultMode, corev1.ProjectedVolumeSourceDefaultMode)
		for i := range s.Sources {
			if p := s.Sources[i].DownwardAPI; p != nil {
				setDownward(p.Items)
			}
			if p := s.Sources[i].ServiceAccountToken; p != nil {
				value(&p.ExpirationSeconds, 3600)
			}
		}
	}
	if s := v.Ephemeral; s != nil && s.VolumeClaimTemplate != nil {
		setClaimSpec(&s.VolumeClaimTemplate.Spec)
	}
	if s := v.Image; s != nil {
		text(&s.PullPolicy, pullPolicy(s.Reference))
	}
	if s := v.ISCSI; s != nil {
		text(&s.ISCSIInterface, "default")
	}
	if s := v.RBD; s != nil {
		text(&s.RBDPool, "rbd")
		text(&s.RadosUser, "admin")
		text(&s.Keyring, "/etc/ceph/keyring")
	}
	if s := v.ScaleIO; s != nil {
		text(&s.StorageMode, "ThinProvisioned")
		text(&s.FSType, "xfs")
	}
	setAzureDisk(v.AzureDisk)
}

func setDownward(items []corev1.DownwardAPIVolumeFile) {
	for i := range items {
		if items[i].FieldRef != nil {
			text(&items[i].FieldRef.APIVersion, "v1")
		}
	}
}

func setAzureDisk(s *corev1.AzureDiskVolumeSource) {
	if s != nil {
		value(&s.CachingMode, corev1.AzureDataDiskCachingReadWrite)
		value(&s.FSType, "ext4")
		value(&s.ReadOnly, false)
		value(&s.Kind, corev1.AzureSharedBlobDisk)
	}
}

func setVolume(v *corev1.PersistentVolume) {
	text(&v.Status.Phase, corev1.VolumePending)
	text(&v.Spec.PersistentVolumeReclaimPolicy, corev1.PersistentVolumeReclaimRetain)
	value(&v.Spec.VolumeMode, corev1.PersistentVolumeFilesystem)
	setResources(v.Spec.Capacity)
	if s := v.Spec.HostPath; s != nil {
		value(&s.Type, corev1.HostPathUnset)
	}
	if s := v.Spec.ISCSI; s != nil {
		text(&s.ISCSIInterface, "default")
	}
	if s := v.Spec.RBD; s != nil {
		text(&s.RBDPool, "rbd")
		text(&s.RadosUser, "admin")
		text(&s.Keyring, "/etc/ceph/keyring")
	}
	if s := v.Spec.ScaleIO; s != nil {
		text(&s.StorageMode, "ThinProvisioned")
		text(&s.FSType, "xfs")
	}
	setAzureDisk(v.Spec.AzureDisk)
}

func setClaim(c *corev1.PersistentVolumeClaim) {
	text(&c.Status.Phase, corev1.ClaimPending)
	setClaimSpec(&c.Spec)
	setResources(c.Status.Capacity)
	setResources(c.Status.AllocatedResources)
}

func setClaimSpec(s *corev1.PersistentVolumeClaimSpec) {
	value(&s.VolumeMode, corev1.PersistentVolumeFilesystem)
	setResources(s.Resources.Limits)
	setResources(s.Resources.Requests)
}

// carrySource keeps dataSource and dataSourceRef equal, as KEP 1495 asks, unless the reference crosses namespaces.
// A source of a sort that dataSource never had is dropped.
func carrySource(s *corev1.PersistentVolumeClaimSpec) {
	if d := s.DataSource; d != nil && s.DataSourceRef == nil {
		group := ""
		if d.APIGroup != nil {
			group = *d.APIGroup
		}
		if (d.Kind != "PersistentVolumeClaim" || group != "") && (d.Kind != "VolumeSnapshot" || group != "snapshot.storage.k8s.io") {
			s.DataSource = nil
		}
	}
	switch {
	case s.DataSource != nil && s.DataSourceRef == nil:
		s.DataSourceRef = &corev1.TypedObjectReference{Kind: s.DataSource.Kind, Name: s.DataSource.Name}
		if g := s.DataSource.APIGroup; g != nil {
			group := *g
			s.DataSourceRef.APIGroup = &group
		}
	case s.DataSourceRef != nil && s.DataSource == nil && (s.DataSourceRef.Namespace == nil || *s.DataSourceRef.Namespace == ""):
		s.DataSource = &corev1.TypedLocalObjectReference{Kind: s.DataSourceRef.Kind, Name: s.DataSourceRef.Name}
		if g := s.DataSourceRef.APIGroup; g != nil {
			group := *g
			s.DataSource.APIGroup = &group
		}
	}
}
