package edge

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// configuration is what Traefik is told: a file in a ConfigMap, or the arguments of its container.
type configuration struct {
	object *objects.Object
	field  string
	text   string         // as written; arguments a line each
	tree   map[string]any // of a file; nil for arguments
	args   []string       // nil for a file
	image  string         // of a container
	pod    *objects.Workload
	mounts []corev1.VolumeMount
}

// largest is as much text of a ConfigMap as is taken for a configuration of Traefik's.
const largest = 256 << 10

// configurations lists what the files tell Traefik.
func configurations(p *rule.Pass) []configuration {
	var all []configuration
	for _, o := range p.OfKind("ConfigMap") {
		v, ok := o.Object.(*corev1.ConfigMap)
		if !ok || o.Given {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(v.Data)) {
			text := v.Data[key]
			ext := path.Ext(key)
			if ext != ".toml" && ext != ".yml" && ext != ".yaml" || len(text) > largest || !traefikText(key, o.Name(), text) {
				continue
			}
			c := configuration{object: o, text: text, field: objects.JoinPath(objects.Step{Key: "data", Index: -1}, objects.Step{Key: key, Index: -1})}
			c.tree = parse(ext, text)
			all = append(all, c)
		}
	}
	for _, w := range p.Workloads() {
		if w.Given {
			continue
		}
		rule.EachContainer(w, func(c rule.Container) {
			if known.Short(c.Image) == "traefik" {
				args := append(append([]string{}, c.Command...), c.Args...)
				all = append(all, configuration{object: w.Object, field: c.Path + ".args", text: strings.Join(args, "\n"), args: args, image: c.Image, pod: w, mounts: c.VolumeMounts})
			}
		})
	}
	return all
}

func traefikText(key, name, text string) bool {
	return (strings.Contains(key, "traefik") || strings.Contains(name, "traefik")) && (strings.Contains(strings.ToLower(text), "entrypoints") || strings.Contains(text, "acme") || strings.Contains(text, "api"))
}

// parse reads TOML or YAML; nil if it is neither.
func parse(ext, text string) map[string]any {
	var tree map[string]any
	var err error
	if ext == ".toml" {
		err = toml.Unmarshal([]byte(text), &tree)
	} else {
		err = yaml.Unmarshal([]byte(text), &tree)
	}
	if err != nil {
		return nil
	}
	return tree
}

// get finds a value in a configuration, whatever the case of its keys.
func get(tree map[string]any, keys ...string) any {
	var v any = tree
	for _, key := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = nil
		for k, item := range m {
			if strings.EqualFold(k, key) {
				v = item
			}
		}
	}
	return v
}

var firstVersionArgs = regexp.MustCompile(`^--(kubernetes(\.|=|$)|docker$|docker=|web(=|$|\.)|logLevel|configFile=.*traefik\.toml|acme(\.|=|$)|defaultentrypoints)`)

// speaksFirst says by what a configuration is one of Traefik's first version; empty if it is none.
func (c *configuration) speaksFirst() string {
	if c.args != nil {
		for _, a := range c.args {
			if firstVersionArgs.MatchString(a) {
				return a
			}
		}
		return ""
	}
	for _, at := range [][]string{{"entryPoints", "http", "redirect"}, {"entryPoints", "https", "tls"}, {"acme", "storage"}, {"acme", "entryPoint"}, {"defaultEntryPoints"}, {"web"}, {"kubernetes"}, {"docker", "domain"}} {
		if get(c.tree, at...) != nil {
			return strings.Join(at, ".")
		}
	}
	return ""
}

var laterImage = regexp.MustCompile(`^v?([23])(\.|$|-)`)

// firstVersion finds configuration of Traefik's first version where only a later one can do the work: its image is later,
// or the objects are of an API that the first does not read.
func firstVersion(p *rule.Pass) {
	later := ""
	ingress := ""
	for _, w := range p.Workloads() {
		for i := range w.Pod.Containers {
			if image := w.Pod.Containers[i].Image; known.Short(image) == "traefik" && laterImage.MatchString(known.Tag(image)) {
				later = image
			}
		}
	}
	for _, o := range p.OfKind("Ingress") {
		if class := o.Meta().GetAnnotations()[classAnnotation]; ingress == "" && (class == "" || strings.Contains(class, "traefik")) {
			ingress = o.Title()
		}
	}
	for _, o := range p.OfKind("IngressRoute") {
		if o.Custom() != nil && ingress == "" {
			ingress = o.Title()
		}
	}
	for _, c := range configurations(p) {
		sign := c.speaksFirst()
		if sign == "" {
			continue
		}
		switch {
		case c.image != "" && laterImage.MatchString(known.Tag(c.image)):
			p.Report(c.object, c.field, "%s is of Traefik 1, and the image is %s, which does not know it", sign, c.image)
		case c.args == nil && later != "":
			p.Report(c.object, c.field, "%s is of Traefik 1, and the image is %s, which does not know it", sign, later)
		case ingress != "":
			p.Report(c.object, c.field, "%s is of Traefik 1, which reads Ingresses of extensions/v1beta1 alone: it never sees %s", sign, ingress)
		}
	}
}

var storageArg = regexp.MustCompile(`(?i)^--(?:acme|certificatesresolvers\.[^.]+\.acme)\.storage=(.+)$`)

// acmeLost finds certificates that are kept in the container: one finding for each configuration.
func acmeLost(p *rule.Pass) {
	pods := traefiks(p)
	for _, c := range configurations(p) {
		for _, file := range c.storages() {
			if strings.HasPrefix(file, "traefik/") { // a key of a store
				continue
			}
			holders := pods
			if c.pod != nil {
				holders = []rule.Container{{Workload: c.pod, Container: &corev1.Container{VolumeMounts: c.mounts}}}
			}
			kept := false
			for _, h := range holders {
				kept = kept || keeps(h, file)
			}
			if !kept {
				p.Report(c.object, c.field, "keeps its certificates in %s, which lies on no volume that lasts", file)
				break
			}
		}
	}
}

// storages are the files in which certificates are kept.
func (c *configuration) storages() []string {
	var all []string
	for _, a := range c.args {
		if m := storageArg.FindStringSubmatch(a); m != nil {
			all = append(all, m[1])
		}
	}
	if s, ok := get(c.tree, "acme", "storage").(string); ok && s != "" {
		all = append(all, s)
	}
	resolvers, _ := get(c.tree, "certificatesResolvers").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(resolvers)) {
		m, _ := resolvers[name].(map[string]any)
		if s, ok := get(m, "acme", "storage").(string); ok && s != "" {
			all = append(all, s)
		}
	}
	return all
}

func traefiks(p *rule.Pass) []rule.Container {
	var all []rule.Container
	p.Containers(func(c rule.Container) {
		if known.Short(c.Image) == "traefik" {
			all = append(all, c)
		}
	})
	return all
}

// keeps says that a file lies on a volume of the pod that outlives it.
func keeps(c rule.Container, file string) bool {
	if !path.IsAbs(file) {
		file = "/" + file // the image works in its root
	}
	for _, m := range c.VolumeMounts {
		if file != m.MountPath && !strings.HasPrefix(file, strings.TrimSuffix(m.MountPath, "/")+"/") {
			continue
		}
		volume := (*corev1.Volume)(nil)
		for i := range c.Workload.Pod.Volumes {
			if c.Workload.Pod.Volumes[i].Name == m.Name {
				volume = &c.Workload.Pod.Volumes[i]
			}
		}
		if volume == nil { // a claim template
			return true
		}
		if volume.EmptyDir == nil && volume.ConfigMap == nil && volume.Secret == nil && volume.Projected == nil && volume.DownwardAPI == nil {
			return true
		}
	}
	return false
}

var insecureArg = regexp.MustCompile(`(?i)^--api\.insecure(=true)?$`)

// insecureAPI finds Traefik's API and dashboard open without a password.
func insecureAPI(p *rule.Pass) {
	for _, c := range configurations(p) {
		for i, a := range c.args {
			if insecureArg.MatchString(a) {
				field := c.field
				if n := len(c.args); n > 0 {
					field = fmt.Sprintf("%s[%d]", c.field, i)
				}
				p.Report(c.object, field, "%s opens the API and the dashboard on port 8080 to everyone who reaches the pod", a)
			}
		}
		if on, _ := get(c.tree, "api", "insecure").(bool); on {
			p.Report(c.object, c.field, "api.insecure opens the API and the dashboard on port 8080 to everyone who reaches the pod")
		}
	}
}
