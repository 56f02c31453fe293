package validate

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// maxData is the most that a Secret or a ConfigMap holds, in bytes.
const maxData = 1 << 20

func secret(f *findings, s *corev1.Secret) {
	data := field.NewPath("data")
	size := 0
	for _, k := range sorted(s.Data) {
		f.invalid(data.Key(k), k, validation.IsConfigMapKey(k)...)
		size += len(s.Data[k])
	}
	if size > maxData {
		f.add(field.TooLong(data, "", maxData))
	}
	need := func(key string) {
		if _, ok := s.Data[key]; !ok {
			f.required(data.Key(key))
		}
	}
	document := func(key string) {
		if b, ok := s.Data[key]; !ok {
			f.required(data.Key(key))
		} else if err := json.Unmarshal(b, &map[string]any{}); err != nil {
			f.invalid(data.Key(key), "<secret contents redacted>", err.Error())
		}
	}
	switch s.Type {
	case corev1.SecretTypeServiceAccountToken:
		if s.Annotations[corev1.ServiceAccountNameKey] == "" {
			f.required(metadata.Child("annotations").Key(corev1.ServiceAccountNameKey))
		}
	case corev1.SecretTypeDockercfg:
		document(corev1.DockerConfigKey)
	case corev1.SecretTypeDockerConfigJson:
		document(corev1.DockerConfigJsonKey)
	case corev1.SecretTypeBasicAuth:
		_, name := s.Data[corev1.BasicAuthUsernameKey]
		_, word := s.Data[corev1.BasicAuthPasswordKey]
		if !name && !word {
			need(corev1.BasicAuthUsernameKey)
			need(corev1.BasicAuthPasswordKey)
		}
	case corev1.SecretTypeSSHAuth:
		if len(s.Data[corev1.SSHAuthPrivateKey]) == 0 {
			f.required(data.Key(corev1.SSHAuthPrivateKey))
		}
	case corev1.SecretTypeTLS:
		need(corev1.TLSCertKey)
		need(corev1.TLSPrivateKeyKey)
	}
}

func configMap(f *findings, c *corev1.ConfigMap) {
	data, binary := field.NewPath("data"), field.NewPath("binaryData")
	size := 0
	for _, k := range sorted(c.Data) {
		f.invalid(data.Key(k), k, validation.IsConfigMapKey(k)...)
		if _, ok := c.BinaryData[k]; ok {
			f.invalid(data.Key(k), k, "duplicate of key present in binaryData")
		}
		size += len(c.Data[k])
	}
	for _, k := range sorted(c.BinaryData) {
		f.invalid(binary.Key(k), k, validation.IsConfigMapKey(k)...)
		size += len(c.BinaryData[k])
	}
	if size > maxData {
		f.add(field.TooLong(field.NewPath(""), "", maxData))
	}
}

const frozen = "field is immutable when `immutable` is set"

func set(b *bool) bool { return b != nil && *b }

func secretChange(f *findings, s, old *corev1.Secret) {
	f.immutable(field.NewPath("type"), s.Type, old.Type)
	if set(old.Immutable) {
		if !set(s.Immutable) {
			f.forbid(field.NewPath("immutable"), frozen)
		}
		if !same(s.Data, old.Data) {
			f.forbid(field.NewPath("data"), frozen)
		}
	}
}

func configMapChange(f *findings, c, old *corev1.ConfigMap) {
	if set(old.Immutable) {
		if !set(c.Immutable) {
			f.forbid(field.NewPath("immutable"), frozen)
		}
		if !same(c.Data, old.Data) {
			f.forbid(field.NewPath("data"), frozen)
		}
		if !same(c.BinaryData, old.BinaryData) {
			f.forbid(field.NewPath("binaryData"), frozen)
		}
	}
}
