package validate

import (
	"path"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func claimSpec(f *findings, p *field.Path, s *corev1.PersistentVolumeClaimSpec) {
	if len(s.AccessModes) == 0 {
		f.add(field.Required(p.Child("accessModes"), "at least 1 access mode is required"))
	}
	f.selector(p.Child("selector"), s.Selector)
	accessModes(f, p.Child("accessModes"), s.AccessModes)
	at := p.Child("resources").Key("storage")
	if q, ok := s.Resources.Requests[corev1.ResourceStorage]; !ok {
		f.required(at)
	} else if q.Sign() <= 0 {
		f.invalid(at, q.String(), "must be greater than zero")
	}
	if c := s.StorageClassName; c != nil && *c != "" {
		f.subdomain(p.Child("storageClassName"), *c)
	}
	optional(f, p.Child("volumeMode"), s.VolumeMode, corev1.PersistentVolumeBlock, corev1.PersistentVolumeFilesystem)
	if d := s.DataSource; d != nil {
		dataSource(f, p.Child("dataSource"), d.APIGroup, d.Kind, d.Name)
	}
	if d := s.DataSourceRef; d != nil {
		dataSource(f, p.Child("dataSourceRef"), d.APIGroup, d.Kind, d.Name)
		if d.Namespace != nil && *d.Namespace != "" {
			f.invalid(p.Child("dataSourceRef", "namespace"), *d.Namespace, apivalidation.ValidateNamespaceName(*d.Namespace, false)...)
		}
		if s.DataSource != nil && (d.Kind != s.DataSource.Kind || d.Name != s.DataSource.Name || !same(d.APIGroup, s.DataSource.APIGroup)) {
			f.invalid(p, p.Child("dataSource").String(), "must match dataSourceRef")
		}
	}
	if c := s.VolumeAttributesClassName; c != nil && *c != "" {
		f.subdomain(p.Child("volumeAttributesClassName"), *c)
	}
}

func accessModes(f *findings, p *field.Path, modes []corev1.PersistentVolumeAccessMode) {
	alone, others := false, false
	for _, m := range modes {
		n := len(f.errs)
		enum(f, p, m, corev1.ReadOnlyMany, corev1.ReadWriteMany, corev1.ReadWriteOnce, corev1.ReadWriteOncePod)
		alone = alone || m == corev1.ReadWriteOncePod
		others = others || m != corev1.ReadWriteOncePod && len(f.errs) == n
	}
	if alone && others {
		f.forbid(p, "may not use ReadWriteOncePod with other access modes")
	}
}

func dataSource(f *findings, p *field.Path, group *string, kind, name string) {
	if name == "" {
		f.required(p.Child("name"))
	}
	if kind == "" {
		f.required(p.Child("kind"))
		return
	}
	if group != nil && *group != "" {
		f.subdomain(p.Child("apiGroup"), *group)
	} else if kind != "PersistentVolumeClaim" {
		f.invalid(p, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")
	}
}

func claimChange(f *findings, o, old *corev1.PersistentVolumeClaim) {
	s, b := o.Spec.DeepCopy(), old.Spec.DeepCopy()
	if b.VolumeName == "" { // the binder's own write
		b.VolumeName = s.VolumeName
	}
	if b.StorageClassName == nil { // so that a class that came later can adopt it
		s.StorageClassName = nil
	}
	if old.Status.Phase == corev1.ClaimBound {
		s.VolumeAttributesClassName = b.VolumeAttributesClassName
		if s.Resources.Requests != nil && b.Resources.Requests != nil {
			s.Resources.Requests[corev1.ResourceStorage] = b.Resources.Requests[corev1.ResourceStorage]
		}
	}
	if !same(s, b) {
		f.forbid(objectSpec, "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims")
	}
	now, before, have := o.Spec.Resources.Requests[corev1.ResourceStorage], old.Spec.Resources.Requests[corev1.ResourceStorage], old.Status.Capacity[corev1.ResourceStorage]
	if now.Cmp(before) < 0 && now.Cmp(have) <= 0 {
		f.forbid(objectSpec.Child("resources", "requests", "storage"), "field can not be less than status.capacity")
	}
	f.immutable(field.NewPath("volumeMode"), o.Spec.VolumeMode, old.Spec.VolumeMode)
}

func persistentVolume(f *findings, s *corev1.PersistentVolumeSpec) {
	if len(s.AccessModes) == 0 {
		f.required(objectSpec.Child("accessModes"))
	}
	accessModes(f, objectSpec.Child("accessModes"), s.AccessModes)
	at := objectSpec.Child("capacity")
	if len(s.Capacity) == 0 {
		f.required(at)
	}
	if _, ok := s.Capacity[corev1.ResourceStorage]; !ok || len(s.Capacity) > 1 {
		f.add(field.NotSupported(at, s.Capacity, []corev1.ResourceName{corev1.ResourceStorage}))
	}
	for _, name := range sorted(s.Capacity) {
		if q := s.Capacity[name]; q.Sign() <= 0 {
			if q.Sign() < 0 {
				f.invalid(at.Key(string(name)), q.Value(), "must be a valid resource quantity")
			}
			f.invalid(at.Key(string(name)), q.String(), "must be greater than zero")
		}
	}
	if r := s.PersistentVolumeReclaimPolicy; r != "" {
		enum(f, objectSpec.Child("persistentVolumeReclaimPolicy"), r, corev1.PersistentVolumeReclaimDelete, corev1.PersistentVolumeReclaimRecycle, corev1.PersistentVolumeReclaimRetain)
	}
	if a := s.NodeAffinity; a != nil {
		if a.Required == nil {
			f.add(field.Required(objectSpec.Child("nodeAffinity", "required"), "must specify required node constraints"))
		} else {
			nodeSelector(f, objectSpec.Child("nodeAffinity", "required"), a.Required)
		}
	}
	persistentSource(f, s)
	if s.HostPath != nil && path.Clean(s.HostPath.Path) == "/" && s.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimRecycle {
		f.forbid(objectSpec.Child("persistentVolumeReclaimPolicy"), "may not be 'recycle' for a hostPath mount of '/'")
	}
	if s.StorageClassName != "" {
		f.subdomain(objectSpec.Child("storageClassName"), s.StorageClassName)
	}
	optional(f, objectSpec.Child("volumeMode"), s.VolumeMode, corev1.PersistentVolumeBlock, corev1.PersistentVolumeFilesystem)
	if c := s.VolumeAttributesClassName; c != nil {
		at := objectSpec.Child("volumeAttributesClassName")
		if *c == "" {
			f.add(field.Required(at, "an empty string is disallowed"))
		} else {
			f.subdomain(at, *c)
		}
		if s.CSI == nil {
			f.add(field.Required(objectSpec.Child("csi"), "has to be specified when using volumeAttributesClassName"))
		}
	}
}

func persistentSource(f *findings, s *corev1.PersistentVolumeSpec) {
	v := reflect.ValueOf(&s.PersistentVolumeSource).Elem()
	n := 0
	for i := range v.NumField() {
		if v.Field(i).IsNil() {
			continue
		}
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if n++; n > 1 {
			f.forbid(objectSpec.Child(name), "may not specify more than 1 volume type")
			continue
		}
		switch {
		case s.HostPath != nil:
			hostPath(f, objectSpec.Child(name), s.HostPath)
		case s.NFS != nil:
			nfs(f, objectSpec.Child(name), s.NFS)
		case s.Local != nil:
			if s.Local.Path == "" {
				f.required(objectSpec.Child(name, "path"))
			} else {
				noBacksteps(f, objectSpec.Child(name, "path"), s.Local.Path)
			}
			if s.NodeAffinity == nil {
				f.add(field.Required(objectSpec.Child("nodeAffinity"), "Local volume requires node affinity"))
			}
		default:
			persistentDisk(f, objectSpec.Child(name), s)
		}
	}
	if n == 0 {
		f.add(field.Required(objectSpec, "must specify a volume type"))
	}
}

func persistentChange(f *findings, s, old *corev1.PersistentVolumeSpec) {
	if !same(s.PersistentVolumeSource, old.PersistentVolumeSource) {
		f.forbid(objectSpec.Child("persistentvolumesource"), "spec.persistentvolumesource is immutable after creation")
	}
	f.immutable(field.NewPath("volumeMode"), s.VolumeMode, old.VolumeMode)
	if old.NodeAffinity != nil && !same(s.NodeAffinity, old.NodeAffinity) {
		f.invalid(field.NewPath("nodeAffinity"), s.NodeAffinity, "field is immutable, except for updating from beta label to GA")
	}
}

func storageClass(f *findings, c *storagev1.StorageClass) {
	provisioner(f, field.NewPath("provisioner"), c.Provisioner)
	parameters(f, c.Parameters)
	if r := c.ReclaimPolicy; r != nil && *r != "" {
		enum(f, field.NewPath("reclaimPolicy"), *r, corev1.PersistentVolumeReclaimDelete, corev1.PersistentVolumeReclaimRetain)
	}
	if c.VolumeBindingMode == nil {
		f.required(field.NewPath("volumeBindingMode"))
	}
	optional(f, field.NewPath("volumeBindingMode"), c.VolumeBindingMode, storagev1.VolumeBindingImmediate, storagev1.VolumeBindingWaitForFirstConsumer)
	topologies(f, c.AllowedTopologies)
}
