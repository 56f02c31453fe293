package validate

import (
	"path"
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

const badMode = "must be a number between 0 and 0777 (octal), both inclusive"

// volumes returns those that can be mounted: named well, once, with one source.
func volumes(f *findings, p *field.Path, list []corev1.Volume, pod *metav1.ObjectMeta) map[string]*corev1.VolumeSource {
	created := sets.New[string]() // claims that ephemeral volumes of this pod will make
	for _, v := range list {
		if v.Ephemeral != nil && pod != nil && pod.Name != "" {
			created.Insert(pod.Name + "-" + v.Name)
		}
	}
	good := map[string]*corev1.VolumeSource{}
	for i := range list {
		v, at := &list[i], p.Index(i)
		g := &findings{}
		volumeSource(g, at, v)
		if v.Name == "" {
			g.required(at.Child("name"))
		} else {
			g.label(at.Child("name"), v.Name)
		}
		if good[v.Name] != nil {
			g.add(field.Duplicate(at.Child("name"), v.Name))
		}
		if len(g.errs) == 0 {
			good[v.Name] = &v.VolumeSource
		}
		f.all(g.errs)
		if c := v.PersistentVolumeClaim; c != nil && created.Has(c.ClaimName) {
			f.invalid(at.Child("persistentVolumeClaim", "claimName"), c.ClaimName, "must not reference a PVC that gets created for an ephemeral volume")
		}
	}
	return good
}

// volumeSource judges the first source that is given and refuses the others.
func volumeSource(f *findings, p *field.Path, v *corev1.Volume) {
	s := reflect.ValueOf(&v.VolumeSource).Elem()
	n := 0
	for i := range s.NumField() {
		if s.Field(i).IsNil() {
			continue
		}
		name, _, _ := strings.Cut(s.Type().Field(i).Tag.Get("json"), ",")
		if n++; n > 1 {
			f.forbid(p.Child(name), "may not specify more than 1 volume type")
			continue
		}
		oneSource(f, p.Child(name), v)
	}
	if n == 0 {
		f.add(field.Required(p, "must specify a volume type"))
	}
}

// oneSource judges the sources that run on one machine, and leaves those of storage systems to disk.
func oneSource(f *findings, p *field.Path, v *corev1.Volume) {
	switch {
	case v.HostPath != nil:
		hostPath(f, p, v.HostPath)
	case v.EmptyDir != nil:
		if l := v.EmptyDir.SizeLimit; l != nil && l.Sign() < 0 {
			f.forbid(p.Child("sizeLimit"), "SizeLimit field must be a valid resource quantity")
		}
	case v.Secret != nil:
		files(f, p, "secretName", v.Secret.SecretName, v.Secret.DefaultMode, v.Secret.Items)
	case v.ConfigMap != nil:
		files(f, p, "name", v.ConfigMap.Name, v.ConfigMap.DefaultMode, v.ConfigMap.Items)
	case v.PersistentVolumeClaim != nil:
		if v.PersistentVolumeClaim.ClaimName == "" {
			f.required(p.Child("claimName"))
		}
	case v.DownwardAPI != nil:
		mode(f, p.Child("defaultMode"), v.DownwardAPI.DefaultMode)
		for i := range v.DownwardAPI.Items {
			downwardFile(f, p, &v.DownwardAPI.Items[i])
		}
	case v.Projected != nil:
		mode(f, p.Child("defaultMode"), v.Projected.DefaultMode)
		projected(f, p, v.Projected.Sources)
	case v.Ephemeral != nil:
		if t := v.Ephemeral.VolumeClaimTemplate; t == nil {
			f.required(p.Child("volumeClaimTemplate"))
		} else {
			f.all(apivalidation.ValidateAnnotations(t.Annotations, p.Child("volumeClaimTemplate", "metadata", "annotations")))
			f.all(metavalidation.ValidateLabels(t.Labels, p.Child("volumeClaimTemplate", "metadata", "labels")))
			claimSpec(f, p.Child("volumeClaimTemplate", "spec"), &t.Spec)
		}
	case v.NFS != nil:
		nfs(f, p, v.NFS)
	case v.Image != nil:
		if v.Image.PullPolicy != "" {
			enum(f, p.Child("pullPolicy"), v.Image.PullPolicy, corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever)
		}
	default:
		disk(f, p, &v.VolumeSource)
	}
}

func hostPath(f *findings, p *field.Path, h *corev1.HostPathVolumeSource) {
	if h.Path == "" {
		f.required(p.Child("path"))
		return
	}
	noBacksteps(f, p.Child("path"), h.Path)
	optional(f, p.Child("type"), h.Type, corev1.HostPathUnset, corev1.HostPathBlockDev, corev1.HostPathCharDev, corev1.HostPathDirectory,
		corev1.HostPathDirectoryOrCreate, corev1.HostPathFile, corev1.HostPathFileOrCreate, corev1.HostPathSocket)
}

func nfs(f *findings, p *field.Path, n *corev1.NFSVolumeSource) {
	if n.Server == "" {
		f.required(p.Child("server"))
	}
	if n.Path == "" {
		f.required(p.Child("path"))
	}
	if !path.IsAbs(n.Path) {
		f.invalid(p.Child("path"), n.Path, "must be an absolute path")
	}
}

func mode(f *findings, p *field.Path, m *int32) {
	if m != nil && (*m < 0 || *m > 0777) {
		f.invalid(p, *m, badMode)
	}
}

func files(f *findings, p *field.Path, nameField, name string, defaultMode *int32, items []corev1.KeyToPath) {
	if name == "" {
		f.required(p.Child(nameField))
	}
	mode(f, p.Child("defaultMode"), defaultMode)
	for i := range items {
		keyToPath(f, p.Child("items").Index(i), &items[i])
	}
}

func keyToPath(f *findings, p *field.Path, k *corev1.KeyToPath) {
	if k.Key == "" {
		f.required(p.Child("key"))
	}
	if k.Path == "" {
		f.required(p.Child("path"))
	}
	fileName(f, p.Child("path"), k.Path)
	mode(f, p.Child("mode"), k.Mode)
}

func downwardFile(f *findings, p *field.Path, file *corev1.DownwardAPIVolumeFile) {
	if file.Path == "" {
		f.required(p.Child("path"))
	}
	fileName(f, p.Child("path"), file.Path)
	switch {
	case file.FieldRef != nil:
		fieldRef(f, p.Child("fieldRef"), file.FieldRef, volumeFields)
		if file.ResourceFieldRef != nil {
			f.invalid(p, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
		}
	case file.ResourceFieldRef != nil:
		resourceRef(f, p.Child("resourceFieldRef"), file.ResourceFieldRef, true)
	default:
		f.add(field.Required(p, "one of fieldRef and resourceFieldRef is required"))
	}
	mode(f, p.Child("mode"), file.Mode)
}

func projected(f *findings, p *field.Path, sources []corev1.VolumeProjection) {
	paths := sets.New[string]()
	place := func(file, owner string) {
		if file != "" && paths.Has(file) {
			f.invalid(p, owner, "conflicting duplicate paths")
		}
		paths.Insert(file)
	}
	keys := func(p *field.Path, name string, items []corev1.KeyToPath) {
		if name == "" {
			f.required(p.Child("name"))
		}
		for i := range items {
			keyToPath(f, p.Child("items").Index(i), &items[i])
			place(items[i].Path, name)
		}
	}
	for i, s := range sources {
		at := p.Child("sources").Index(i)
		n := 0
		for _, given := range []bool{s.Secret != nil, s.ConfigMap != nil, s.DownwardAPI != nil, s.ServiceAccountToken != nil, s.ClusterTrustBundle != nil, s.PodCertificate != nil} {
			if given {
				n++
			}
		}
		if s.Secret != nil {
			keys(at.Child("secret"), s.Secret.Name, s.Secret.Items)
		}
		if s.ConfigMap != nil {
			keys(at.Child("configMap"), s.ConfigMap.Name, s.ConfigMap.Items)
		}
		if s.DownwardAPI != nil {
			for j := range s.DownwardAPI.Items {
				downwardFile(f, at.Child("downwardAPI"), &s.DownwardAPI.Items[j])
				place(s.DownwardAPI.Items[j].Path, s.DownwardAPI.Items[j].Path)
			}
		}
		if t := s.ServiceAccountToken; t != nil {
			token(f, p, at.Child("serviceAccountToken"), t)
		}
		if n > 1 {
			f.forbid(at, "may not specify more than 1 volume type per source")
		}
	}
}

func token(f *findings, volume, p *field.Path, t *corev1.ServiceAccountTokenProjection) {
	expiration(f, p.Child("expirationSeconds"), t.ExpirationSeconds)
	if t.Path == "" {
		f.required(volume.Child("path"))
	} else {
		fileName(f, volume.Child("path"), t.Path)
	}
}

// expiration is how long a token lives.
func expiration(f *findings, p *field.Path, seconds *int64) {
	if seconds == nil {
		return
	}
	if *seconds < 10*60 {
		f.invalid(p, *seconds, "may not specify a duration less than 10 minutes")
	}
	if *seconds > 1<<32 {
		f.invalid(p, *seconds, "may not specify a duration larger than 2^32 seconds")
	}
}

func noBacksteps(f *findings, p *field.Path, file string) {
	if slices.Contains(strings.Split(file, "/"), "..") {
		f.invalid(p, file, "must not contain '..'")
	}
}

func descending(f *findings, p *field.Path, file string) {
	if path.IsAbs(file) {
		f.invalid(p, file, "must be a relative path")
	}
	noBacksteps(f, p, file)
}

// fileName is a path inside a volume that Kubernetes itself writes to: names that begin with ".." are its own.
func fileName(f *findings, p *field.Path, file string) {
	descending(f, p, file)
	if strings.HasPrefix(file, "..") && !strings.HasPrefix(file, "../") {
		f.invalid(p, file, "must not start with '..'")
	}
}
