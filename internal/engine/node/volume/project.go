package volume

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/node/downward"
)

// projects tells whether the volume is made of objects.
func projects(v *corev1.Volume) bool {
	return v.ConfigMap != nil || v.Secret != nil || v.DownwardAPI != nil || v.Projected != nil
}

// secretive tells whether the volume must not touch the disk.
func secretive(v *corev1.Volume) bool { return v.Secret != nil || v.Projected != nil }

// Uses tells whether a volume of the pod shows that ConfigMap or Secret.
func Uses(pod *corev1.Pod, kind, name string) bool {
	for i := range pod.Spec.Volumes {
		for _, s := range sources(&pod.Spec.Volumes[i]) {
			if kind == "ConfigMap" && s.ConfigMap != nil && s.ConfigMap.Name == name ||
				kind == "Secret" && s.Secret != nil && s.Secret.Name == name {
				return true
			}
		}
	}
	return false
}

// Refresh brings the pod's volumes that are made of objects up to date. One whose object is gone stays as it is.
func (m *Manager) Refresh(pod *corev1.Pod) error {
	var errs []error
	for i := range pod.Spec.Volumes {
		if v := &pod.Spec.Volumes[i]; projects(v) {
			if err := m.project(pod, v); err != nil {
				errs = append(errs, fmt.Errorf("MountVolume.SetUp failed for volume %q : %w", v.Name, err))
			}
		}
	}
	return errors.Join(errs...)
}

func (m *Manager) project(pod *corev1.Pod, v *corev1.Volume) error {
	files := map[string]file{}
	for _, s := range sources(v) {
		if err := m.collect(pod, s, mode(v), files); err != nil {
			return err
		}
	}
	dir, err := m.path(pod, v)
	if err != nil {
		return err
	}
	w := writer{dir: dir, gid: -1}
	if sc := pod.Spec.SecurityContext; sc != nil && sc.FSGroup != nil {
		w.gid = int(*sc.FSGroup)
	}
	return w.write(files)
}

// sources sees every kind of volume that is made of objects as a projected one.
func sources(v *corev1.Volume) []corev1.VolumeProjection {
	switch {
	case v.ConfigMap != nil:
		return []corev1.VolumeProjection{{ConfigMap: &corev1.ConfigMapProjection{
			LocalObjectReference: v.ConfigMap.LocalObjectReference, Items: v.ConfigMap.Items, Optional: v.ConfigMap.Optional}}}
	case v.Secret != nil:
		return []corev1.VolumeProjection{{Secret: &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: v.Secret.SecretName}, Items: v.Secret.Items, Optional: v.Secret.Optional}}}
	case v.DownwardAPI != nil:
		return []corev1.VolumeProjection{{DownwardAPI: &corev1.DownwardAPIProjection{Items: v.DownwardAPI.Items}}}
	case v.Projected != nil:
		return v.Projected.Sources
	}
	return nil
}

func mode(v *corev1.Volume) int32 {
	var m *int32
	switch {
	case v.ConfigMap != nil:
		m = v.ConfigMap.DefaultMode
	case v.Secret != nil:
		m = v.Secret.DefaultMode
	case v.DownwardAPI != nil:
		m = v.DownwardAPI.DefaultMode
	case v.Projected != nil:
		m = v.Projected.DefaultMode
	}
	if m == nil {
		return 0o644
	}
	return *m
}

func (m *Manager) collect(pod *corev1.Pod, s corev1.VolumeProjection, mode int32, out map[string]file) error {
	switch {
	case s.ConfigMap != nil:
		cm, err := store.Get[*corev1.ConfigMap](m.Store, pod.Namespace, s.ConfigMap.Name)
		if err != nil {
			return gone(err, "configmap", s.ConfigMap.Name, s.ConfigMap.Optional)
		}
		data := maps.Clone(cm.BinaryData)
		if data == nil {
			data = map[string][]byte{}
		}
		for k, v := range cm.Data {
			data[k] = []byte(v)
		}
		return pick(data, s.ConfigMap.Items, mode, isTrue(s.ConfigMap.Optional), out)
	case s.Secret != nil:
		secret, err := store.Get[*corev1.Secret](m.Store, pod.Namespace, s.Secret.Name)
		if err != nil {
			return gone(err, "secret", s.Secret.Name, s.Secret.Optional)
		}
		return pick(secret.Data, s.Secret.Items, mode, isTrue(s.Secret.Optional), out)
	case s.DownwardAPI != nil:
		return m.downward(pod, s.DownwardAPI.Items, mode, out)
	case s.ServiceAccountToken != nil:
		if m.Token == nil {
			return errors.New("serviceAccountToken: this engine makes no tokens")
		}
		token, err := m.Token(pod, s.ServiceAccountToken)
		if err != nil {
			return fmt.Errorf("serviceAccountToken: %w", err)
		}
		out[s.ServiceAccountToken.Path] = file{data: []byte(token), mode: 0o600}
		return nil
	}
	return errors.New("a source of a projected volume is neither configMap, secret, downwardAPI nor serviceAccountToken")
}

func (m *Manager) downward(pod *corev1.Pod, items []corev1.DownwardAPIVolumeFile, mode int32, out map[string]file) error {
	for _, i := range items {
		f := file{mode: mode}
		if i.Mode != nil {
			f.mode = *i.Mode
		}
		var text string
		var err error
		if i.FieldRef != nil {
			text, err = downward.Field(pod, i.FieldRef.FieldPath)
		} else if i.ResourceFieldRef != nil {
			c := downward.Container(pod, i.ResourceFieldRef.ContainerName)
			if c == nil {
				return fmt.Errorf("container %s not found", i.ResourceFieldRef.ContainerName)
			}
			text, err = downward.Resource(pod, c, i.ResourceFieldRef, m.Machine)
		}
		if err != nil {
			return err
		}
		f.data = []byte(text)
		out[filepath.Clean(i.Path)] = f
	}
	return nil
}

// pick chooses keys, all of them if there are no items.
func pick(data map[string][]byte, items []corev1.KeyToPath, mode int32, optional bool, out map[string]file) error {
	if len(items) == 0 {
		for k, v := range data {
			out[k] = file{data: v, mode: mode}
		}
		return nil
	}
	for _, i := range items {
		v, ok := data[i.Key]
		if !ok {
			if optional {
				continue
			}
			return fmt.Errorf("references non-existent config key: %s", i.Key)
		}
		f := file{data: v, mode: mode}
		if i.Mode != nil {
			f.mode = *i.Mode
		}
		out[filepath.Clean(i.Path)] = f
	}
	return nil
}

func gone(err error, kind, name string, optional *bool) error {
	if !apierrors.IsNotFound(err) {
		return err
	}
	if isTrue(optional) {
		return nil
	}
	return fmt.Errorf("%s %q not found", kind, name)
}

func isTrue(b *bool) bool { return b != nil && *b }
