package compose

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/compose-spec/compose-go/v2/types"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/objects"
)

var keyOfConfigMap = regexp.MustCompile(`^[-._a-zA-Z0-9]{1,253}$`)

// environment splits the variables of a container: credentials into a Secret, read one by one so that a reviewer sees
// which; the rest into a ConfigMap, read whole. Both are called prefix-env.
func (c *compiler) environment(u *unit, prefix string, spec *types.ContainerSpec, base []string) (from []corev1.EnvFromSource, env []corev1.EnvVar) {
	name := prefix + "-env"
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, Type: corev1.SecretTypeOpaque, Data: map[string][]byte{}}
	origins := map[string]objects.Origin{}
	for _, k := range slices.Sorted(maps.Keys(spec.Environment)) {
		v := spec.Environment[k]
		if v == nil {
			c.info("has no value here and is not set in the container", append(slices.Clone(base), "environment", k)...)
			continue
		}
		origins[k] = c.variableOrigin(spec, base, k)
		if n := len(*v); n > 1 && (*v)[0] == '"' && (*v)[n-1] == '"' && !strings.Contains((*v)[1:n-1], `"`) {
			c.info("has quotes around it, which are part of the value, as with Docker", append(slices.Clone(base), "environment", k)...)
		}
		switch {
		case !keyOfConfigMap.MatchString(k) || !utf8.ValidString(*v):
			env = append(env, corev1.EnvVar{Name: k, Value: escape(*v)})
		case isCredential(k, *v):
			secret.Data[k] = []byte(*v)
			env = append(env, corev1.EnvVar{Name: k, ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
				LocalObjectReference: corev1.LocalObjectReference{Name: name}, Key: k}}})
		default:
			putText(cm, k, []byte(*v))
		}
	}
	written := c.written[name] // by a pre_start hook with the same environment
	c.written[name] = true
	if len(cm.Data) > 0 {
		if !written {
			c.withOrigins(c.add(cm, u.id, append(slices.Clone(base), "environment")...), origins)
		}
		from = []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}}}
	}
	if len(secret.Data) > 0 && !written {
		c.withOrigins(c.add(secret, u.id, append(slices.Clone(base), "environment")...), origins)
	}
	return from, env
}

func (c *compiler) withOrigins(o *objects.Object, origins map[string]objects.Origin) {
	for k, at := range origins {
		o.SetOrigin("data."+k, at)
	}
}

// variableOrigin is where a variable got its value: environment, else the last env_file that sets it.
func (c *compiler) variableOrigin(spec *types.ContainerSpec, base []string, name string) objects.Origin {
	at := append(slices.Clone(base), "environment", name)
	if c.places.Root.Find(at...) != nil {
		return c.origin(at...)
	}
	for _, f := range slices.Backward(spec.EnvFiles) {
		text, err := os.ReadFile(f.Path)
		if err != nil {
			continue
		}
		for i, line := range strings.Split(string(text), "\n") {
			line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "export "))
			if rest, ok := strings.CutPrefix(line, name); ok && rest != "" && strings.ContainsRune("=: ", rune(rest[0])) {
				return objects.Origin{File: c.names.show(f.Path), Line: i + 1, Path: name}
			}
		}
	}
	return c.origin(at...)
}

var doubled = regexp.MustCompile(`\$\$+\(?|\$\(`)

// escape keeps Kubernetes from expanding $(NAME) in commands and values, which Compose hands over as they are.
func escape(s string) string {
	return doubled.ReplaceAllStringFunc(s, func(m string) string { return strings.ReplaceAll(m, "$", "$$") })
}

func escapeAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = escape(s)
	}
	return out
}
