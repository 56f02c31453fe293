package validate

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

var (
	envFields = []string{"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
		"spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"}
	volumeFields = []string{"metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"}
	// downwardFields are the fields known to either; any other is a mistake of another sort.
	downwardFields  = append(slices.Clone(envFields), "metadata.annotations", "metadata.labels", "spec.restartPolicy", "spec.schedulerName", "status.phase", "status.nominatedNodeName")
	resourceFields  = []string{"limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"}
	byteDivisors    = []string{"1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"}
	onlyByteDivisor = "only divisor's values " + strings.Join(byteDivisors, ", ") + " are supported with the "
)

func env(f *findings, p *field.Path, vars []corev1.EnvVar) {
	for i, v := range vars {
		at := p.Index(i)
		if v.Name == "" {
			f.required(at.Child("name"))
		} else {
			f.invalid(at.Child("name"), v.Name, validation.IsRelaxedEnvVarName(v.Name)...)
		}
		if v.ValueFrom != nil {
			envValueFrom(f, at.Child("valueFrom"), v)
		}
	}
}

func envValueFrom(f *findings, p *field.Path, v corev1.EnvVar) {
	from, n := v.ValueFrom, 0
	if s := from.FieldRef; s != nil {
		n++
		fieldRef(f, p.Child("fieldRef"), s, envFields)
	}
	if s := from.ResourceFieldRef; s != nil {
		n++
		resourceRef(f, p.Child("resourceFieldRef"), s, false)
	}
	if s := from.ConfigMapKeyRef; s != nil {
		n++
		keyRef(f, p.Child("configMapKeyRef"), s.Name, s.Key)
	}
	if s := from.SecretKeyRef; s != nil {
		n++
		keyRef(f, p.Child("secretKeyRef"), s.Name, s.Key)
	}
	if s := from.FileKeyRef; s != nil {
		n++
		fileRef(f, p.Child("fileKeyRef"), s)
	}
	switch {
	case n == 0:
		f.invalid(p, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`")
	case v.Value != "":
		f.invalid(p, "", "may not be specified when `value` is not empty")
	case n > 1:
		f.invalid(p, "", "may not have more than one field specified at a time")
	}
}

func keyRef(f *findings, p *field.Path, name, key string) {
	f.invalid(p.Child("name"), name, apivalidation.NameIsDNSSubdomain(name, false)...)
	if key == "" {
		f.required(p.Child("key"))
	} else {
		f.invalid(p.Child("key"), key, validation.IsConfigMapKey(key)...)
	}
}

func fileRef(f *findings, p *field.Path, s *corev1.FileKeySelector) {
	if s.Key == "" {
		f.required(p.Child("key"))
	} else {
		f.invalid(p.Child("key"), s.Key, validation.IsRelaxedEnvVarName(s.Key)...)
	}
	if s.VolumeName == "" {
		f.required(p.Child("volumeName"))
	} else {
		f.label(p.Child("volumeName"), s.VolumeName)
	}
	if s.Path == "" {
		f.required(p.Child("path"))
	} else {
		noBacksteps(f, p.Child("path"), s.Path)
	}
}

func fieldRef(f *findings, p *field.Path, s *corev1.ObjectFieldSelector, allowed []string) {
	if s.APIVersion == "" {
		f.required(p.Child("apiVersion"))
		return
	}
	if s.FieldPath == "" {
		f.required(p.Child("fieldPath"))
		return
	}
	if s.APIVersion != "v1" {
		f.invalid(p.Child("fieldPath"), s.FieldPath, "error converting fieldPath: unsupported pod version: "+s.APIVersion)
		return
	}
	name, key, subscript := strings.Cut(strings.TrimSuffix(s.FieldPath, "']"), "['")
	subscript = subscript && strings.HasSuffix(s.FieldPath, "']") && name != ""
	if !subscript {
		name = s.FieldPath
	}
	switch {
	case subscript && name == "metadata.annotations":
		f.qualified(p, strings.ToLower(key))
	case subscript && name == "metadata.labels":
		f.qualified(p, key)
	case subscript:
		f.invalid(p.Child("fieldPath"), s.FieldPath, "error converting fieldPath: field label does not support subscript: "+s.FieldPath)
	case !slices.Contains(downwardFields, name):
		f.invalid(p.Child("fieldPath"), s.FieldPath, "error converting fieldPath: field label not supported: "+s.FieldPath)
	case !slices.Contains(allowed, name):
		f.add(field.NotSupported(p.Child("fieldPath"), name, allowed))
	}
}

func resourceRef(f *findings, p *field.Path, s *corev1.ResourceFieldSelector, volume bool) {
	_, huge, ok := strings.Cut(s.Resource, ".hugepages-")
	huge2 := ok && huge != "" && (strings.HasPrefix(s.Resource, "limits.") || strings.HasPrefix(s.Resource, "requests."))
	switch {
	case volume && s.ContainerName == "":
		f.required(p.Child("containerName"))
	case s.Resource == "":
		f.required(p.Child("resource"))
	case !slices.Contains(resourceFields, s.Resource) && !huge2:
		f.add(field.NotSupported(p.Child("resource"), s.Resource, resourceFields))
	}
	if s.Divisor.IsZero() {
		return
	}
	bytes, cpu := slices.Contains(byteDivisors, s.Divisor.String()), s.Divisor.String() == "1" || s.Divisor.String() == "1m"
	_, kind, _ := strings.Cut(s.Resource, ".")
	switch {
	case kind == "cpu" && !cpu:
		f.invalid(p.Child("divisor"), s.Resource, "only divisor's values 1m and 1 are supported with the cpu resource")
	case kind == "memory" && !bytes:
		f.invalid(p.Child("divisor"), s.Resource, onlyByteDivisor+"memory resource")
	case kind == "ephemeral-storage" && !bytes:
		f.invalid(p.Child("divisor"), s.Resource, onlyByteDivisor+"local ephemeral storage resource")
	case huge2 && !bytes:
		f.invalid(p.Child("divisor"), s.Resource, onlyByteDivisor+"hugepages resource")
	}
}

func envFrom(f *findings, p *field.Path, from []corev1.EnvFromSource) {
	for i, s := range from {
		at, n := p.Index(i), 0
		if s.Prefix != "" {
			f.invalid(at.Child("prefix"), s.Prefix, validation.IsRelaxedEnvVarName(s.Prefix)...)
		}
		name := func(p *field.Path, name string) {
			n++
			if name == "" {
				f.required(p.Child("name"))
			} else {
				f.invalid(p.Child("name"), name, apivalidation.NameIsDNSSubdomain(name, true)...)
			}
		}
		if s.ConfigMapRef != nil {
			name(at.Child("configMapRef"), s.ConfigMapRef.Name)
		}
		if s.SecretRef != nil {
			name(at.Child("secretRef"), s.SecretRef.Name)
		}
		if n == 0 {
			f.invalid(p, "", "must specify one of: `configMapRef` or `secretRef`")
		} else if n > 1 {
			f.invalid(p, "", "may not have more than one field specified at a time")
		}
	}
}
