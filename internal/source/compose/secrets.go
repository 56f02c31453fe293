package compose

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/compose-spec/compose-go/v2/types"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// addSecrets makes a Secret of every secret that a container uses.
func (c *compiler) addSecrets() {
	used := map[string]bool{}
	for _, u := range c.units {
		for _, s := range u.svc.Secrets {
			used[s.Source] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.project.Secrets)) {
		s := c.project.Secrets[name]
		if !used[name] {
			continue
		}
		if s.External {
			c.info(fmt.Sprintf("Secret %s with key %s must be in namespace %s already: kubectl create secret generic %[1]s --from-file=%[2]s=FILE", label(s.Name), name, c.app.Namespace), "secrets", name, "external")
			continue
		}
		data, ok := c.fileObject("secrets", name, types.FileObjectConfig(s))
		if !ok {
			continue
		}
		c.add(&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Name: label(name), Annotations: c.annotations(s.Labels, "secrets", name)},
			Type:       corev1.SecretTypeOpaque,
			Data:       map[string][]byte{name: data},
		}, c.app.Namespace, "secrets", name)
	}
}

// addConfigs makes a ConfigMap of every config that a container uses.
func (c *compiler) addConfigs() {
	used := map[string]bool{}
	for _, u := range c.units {
		for _, s := range u.svc.Configs {
			used[s.Source] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.project.Configs)) {
		s := c.project.Configs[name]
		if !used[name] {
			continue
		}
		if s.External {
			c.info(fmt.Sprintf("ConfigMap %s with key %s must be in namespace %s already: kubectl create configmap %[1]s --from-file=%[2]s=FILE", label(s.Name), name, c.app.Namespace), "configs", name, "external")
			continue
		}
		data, ok := c.fileObject("configs", name, types.FileObjectConfig(s))
		if !ok {
			continue
		}
		cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: label(name), Annotations: c.annotations(s.Labels, "configs", name)}}
		putText(cm, name, data)
		c.add(cm, c.app.Namespace, "configs", name)
	}
}

// fileObject reads what a secret or config holds.
func (c *compiler) fileObject(section, name string, f types.FileObjectConfig) ([]byte, bool) {
	switch {
	case f.File != "":
		at := []string{section, name, "file"}
		info, err := os.Stat(f.File)
		switch {
		case os.IsNotExist(err):
			c.refuse(fmt.Sprintf("file %s is missing; create it", c.names.show(f.File)), at...)
		case err != nil:
			c.refuse(err.Error(), at...)
		case !info.Mode().IsRegular():
			c.refuse(fmt.Sprintf("%s is not a file", c.names.show(f.File)), at...)
		default:
			if r, ok := readContent(f.File, info, maxContent); ok {
				return r.data, true
			}
			c.refuse(fmt.Sprintf("file %s cannot be read or is larger than 1 MiB", c.names.show(f.File)), at...)
		}
		return nil, false
	case f.Environment != "":
		v, ok := c.project.Environment[f.Environment]
		if !ok {
			c.refuse(fmt.Sprintf("environment variable %s is not set; set it, or write it into .env", f.Environment), section, name, "environment")
		}
		return []byte(v), ok
	default:
		return []byte(f.Content), true
	}
}
