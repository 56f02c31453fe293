package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/robfig/cron/v3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// extension is x-slipway of a service: what Compose has no key for.
type extension struct {
	Route     []routeExtension `mapstructure:"route"`
	Autoscale *autoscale       `mapstructure:"autoscale"`
	Schedule  *schedule        `mapstructure:"schedule"`
	Sticky    any              `mapstructure:"sticky"` // true, or the name of a cookie
	Metrics   *metrics         `mapstructure:"metrics"`
}

type routeExtension struct {
	Host        string `mapstructure:"host"`
	Path        string `mapstructure:"path"`
	Port        int32  `mapstructure:"port"`
	StripPrefix bool   `mapstructure:"stripPrefix"`
}

type autoscale struct {
	Min    int32 `mapstructure:"min"`
	Max    int32 `mapstructure:"max"`
	CPU    int32 `mapstructure:"cpu"`
	Memory int32 `mapstructure:"memory"`
}

type metrics struct {
	Port int32  `mapstructure:"port"`
	Path string `mapstructure:"path"`
}

type schedule struct {
	Cron     string
	TimeZone string
	deadline *int64
}

// volumeExtension is x-slipway of a top-level volume.
type volumeExtension struct {
	Size         string `mapstructure:"size"`
	StorageClass string `mapstructure:"storageClass"`
}

const extensionName = "x-slipway"

// readExtensions reads x-slipway of every unit.
func (c *compiler) readExtensions() {
	for _, u := range c.units {
		raw, ok := u.svc.Extensions[extensionName]
		if !ok {
			continue
		}
		if m, ok := raw.(map[string]any); ok {
			raw = c.normal(u, m)
		}
		if !c.decode(raw, &u.ext, u.path(extensionName)) {
			continue
		}
		c.checkExtension(u)
	}
}

// normal brings short forms to the long one: a route instead of a list of them, a bare cron line.
func (c *compiler) normal(u *unit, m map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		switch {
		case k == "route":
			if _, list := v.([]any); !list {
				v = []any{v}
			}
		case k == "schedule":
			line, ok := v.(string)
			if !ok {
				c.refuse("write a cron line, such as \"0 3 * * *\"", u.path(extensionName, k)...)
				continue
			}
			if _, err := cron.ParseStandard(line); err != nil || strings.Contains(line, "TZ=") {
				c.refuse(fmt.Sprintf("%q is no cron line: minute, hour, day, month, weekday", line), u.path(extensionName, k)...)
			}
			v = &schedule{Cron: line}
		case v == nil:
			continue
		}
		out[k] = v
	}
	return out
}

func (c *compiler) decode(raw, into any, at []string) bool {
	var meta mapstructure.Metadata
	d, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{Result: into, Metadata: &meta, WeaklyTypedInput: false})
	if err == nil {
		err = d.Decode(raw)
	}
	if err != nil {
		c.refuse("cannot be read: "+strings.Join(strings.Fields(err.Error()), " "), at...)
		return false
	}
	for _, k := range meta.Unused {
		names := known(strings.Join(at, "."))
		path := append(slices.Clone(at), strings.Split(strings.ReplaceAll(k, "[", ".["), ".")...)
		text := "unknown key"
		if near := nearest(path[len(path)-1], names); near != "" {
			text += "; did you mean " + near + "?"
		} else {
			text += "; " + extensionName + " has " + strings.Join(names, ", ")
		}
		c.refuse(text, path...)
	}
	return len(meta.Unused) == 0
}

// known are the keys that x-slipway has in that place.
func known(at string) []string {
	table, prefix := extensionKeys, extensionName+"."
	if strings.HasPrefix(at, "volumes.") {
		table, prefix = projectKeys, "volumes.*."+extensionName+"."
	}
	var names []string
	for _, k := range sortedKeys(table) {
		if rest, ok := strings.CutPrefix(k, prefix); ok {
			names = append(names, rest[strings.LastIndexByte(rest, '.')+1:])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (c *compiler) checkExtension(u *unit) {
	at := func(keys ...string) []string { return append(u.path(extensionName), keys...) }
	if a := u.ext.Autoscale; a != nil {
		if a.Min < 1 {
			a.Min = 1
		}
		if a.Max < a.Min {
			c.refuse("max must be given, and be min at least", at("autoscale")...)
		}
		if a.CPU <= 0 && a.Memory <= 0 {
			c.refuse("say by what: cpu or memory, in percent of what is reserved", at("autoscale")...)
		}
	}
	if m := u.ext.Metrics; m != nil {
		if m.Port < 1 || m.Port > 65535 {
			c.refuse("needs the port on which the metrics are served", at("metrics")...)
		}
		if m.Path == "" {
			m.Path = "/metrics"
		}
	}
	switch s := u.ext.Sticky.(type) {
	case nil, bool, string:
		_ = s
	default:
		c.refuse("is true, or the name of a cookie", at("sticky")...)
	}
}

// sticky is the name of the cookie that keeps a client with one pod; "" without.
func (e *extension) sticky() string {
	switch s := e.Sticky.(type) {
	case bool:
		if s {
			return "slipway"
		}
	case string:
		return s
	}
	return ""
}

func (c *compiler) volumeExtension(name string) volumeExtension {
	var v volumeExtension
	if raw, ok := c.project.Volumes[name].Extensions[extensionName]; ok {
		c.decode(raw, &v, []string{"volumes", name, extensionName})
	}
	return v
}

// never is a date that does not exist: a CronJob needs a schedule even if it is only started by hand.
const never = "0 0 31 2 *"

// schedules of a CronJob: from x-slipway, or the triggers of a Compose job.
func (c *compiler) schedules(u *unit) []schedule {
	if u.ext.Schedule != nil {
		return []schedule{*u.ext.Schedule}
	}
	var all []schedule
	for i, s := range u.triggers.Schedule {
		at := u.path("triggers", "schedule", indexStep(i))
		if _, err := cron.ParseStandard(s.Cron); err != nil || strings.Contains(s.Cron, "TZ=") {
			c.refuse(fmt.Sprintf("%q is no cron line: minute, hour, day, month, weekday", s.Cron), at...)
		}
		if s.Concurrency == "queue" {
			c.refuse("Kubernetes cannot queue runs; with forbid a run is left out while the one before goes on", append(at, "concurrency")...)
		}
		one := schedule{Cron: s.Cron, TimeZone: s.Timezone}
		if s.MissedFires == "skip" {
			one.deadline = ptr.To(int64(60))
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		all = []schedule{{Cron: never}}
	}
	return all
}

// affinity keeps a client with one pod where there is no gateway to set a cookie.
func (u *unit) affinity() corev1.ServiceAffinity {
	if u.ext.sticky() != "" && len(u.routes) == 0 {
		return corev1.ServiceAffinityClientIP
	}
	return ""
}
