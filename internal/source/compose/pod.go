package compose

import (
	"fmt"
	"maps"
	"math"
	"net"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/slipway-sh/slipway/internal/objects"
)

// pod builds the pod of one unit and its sidecars.
type pod struct {
	*compiler
	u         *unit
	spec      corev1.PodSpec
	templates []corev1.PersistentVolumeClaim
	fields    map[string]objects.Origin // of fields, by their path in the pod
	signals   []string
}

// build makes the pod template of a unit, and the claims that it has for itself.
func (c *compiler) build(u *unit) *pod {
	p := &pod{compiler: c, u: u, fields: map[string]objects.Origin{}}
	p.spec = corev1.PodSpec{
		AutomountServiceAccountToken: ptr.To(false),
		EnableServiceLinks:           ptr.To(false),
	}
	for i, s := range u.all() {
		c.hooks(p, s)
		p.spec.Containers = append(p.spec.Containers, p.container(s))
		at := fmt.Sprintf("containers[%d]", i)
		p.fields[at] = c.origin(s.base...)
		for field, key := range map[string]string{".image": "image", ".args": "command", ".command": "entrypoint", ".env": "environment", ".envFrom": "environment",
			".ports": "ports", ".volumeMounts": "volumes", ".readinessProbe": "healthcheck", ".livenessProbe": "healthcheck", ".startupProbe": "healthcheck",
			".resources": "deploy", ".securityContext": "user", ".workingDir": "working_dir"} {
			if c.places.Root.Find(s.path(key)...) != nil {
				p.fields[at+field] = c.origin(s.path(key)...)
			}
		}
	}
	p.security()
	p.identity()
	p.grace()
	p.placement()
	return p
}

// template is the pod with its labels and annotations.
func (p *pod) template() corev1.PodTemplateSpec {
	t := corev1.PodTemplateSpec{Spec: p.spec}
	t.Labels = p.labels(p.u.id)
	maps.Copy(t.Labels, p.memberships(p.u))
	for _, s := range p.u.all() {
		for k, v := range p.podAnnotations(s) {
			if t.Annotations == nil {
				t.Annotations = map[string]string{}
			}
			t.Annotations[k] = v
		}
	}
	own := map[string]string{}
	if len(p.signals) > 0 {
		own[stopSignalAnnotation] = strings.Join(p.signals, ",")
	}
	if n := p.pids(); n > 0 {
		own[pidsAnnotation] = strconv.FormatInt(n, 10)
	}
	if len(own) > 0 && t.Annotations == nil {
		t.Annotations = map[string]string{}
	}
	maps.Copy(t.Annotations, own)
	return t
}

// pidsAnnotation limits the processes of each container of a pod, which Kubernetes leaves to the node.
const pidsAnnotation = "slipway.dev/pids-limit"

// pids is the largest number of processes that one of the containers may have, 0 if none says.
func (p *pod) pids() int64 {
	var n int64
	for _, s := range p.u.all() {
		n = max(n, s.svc.PidsLimit)
		if d := s.svc.Deploy; d != nil && d.Resources.Limits != nil {
			n = max(n, d.Resources.Limits.Pids)
		}
	}
	return n
}

// podAnnotations are the labels and annotations of a service, without those that became routes.
func (c *compiler) podAnnotations(u *unit) map[string]string {
	out := c.annotations(withoutRoutes(u.svc.Labels), u.base...)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, c.annotations(u.svc.Annotations, u.base...))
	if m := u.ext.Metrics; m != nil {
		out["prometheus.io/scrape"] = "true"
		out["prometheus.io/port"] = fmt.Sprint(m.Port)
		out["prometheus.io/path"] = m.Path
	}
	return out
}

// volume adds a volume to the pod, or finds the one that is the same, and tells its name.
func (p *pod) volume(name string, src corev1.VolumeSource) string {
	free := label(name)
	for i := 2; ; i++ {
		at := slices.IndexFunc(p.spec.Volumes, func(v corev1.Volume) bool { return v.Name == free })
		if at < 0 {
			p.spec.Volumes = append(p.spec.Volumes, corev1.Volume{Name: free, VolumeSource: src})
			return free
		}
		if reflect.DeepEqual(p.spec.Volumes[at].VolumeSource, src) {
			return free
		}
		free = fmt.Sprintf("%.60s-%d", label(name), i)
	}
}

// identity is what the pod is called and how it finds others.
func (p *pod) identity() {
	u := p.u
	if h := u.svc.Hostname; h != "" {
		switch {
		case label(h) != h:
			p.warn("a pod's host name is one word of small letters, digits and dashes; the name of the pod is used", u.path("hostname")...)
		case u.kind == "StatefulSet":
			p.info("the pods of a StatefulSet are called "+u.id+"-0, -1 …; the name still resolves", u.path("hostname")...)
		default:
			p.spec.Hostname = h
		}
	}
	p.spec.HostAliases = p.hostAliases()
	if len(u.svc.DNS)+len(u.svc.DNSSearch)+len(u.svc.DNSOpts) > 0 {
		p.dns()
	}
	switch mode := u.svc.NetworkMode; {
	case mode == "host":
		p.spec.HostNetwork = true
		p.spec.DNSPolicy = corev1.DNSClusterFirstWithHostNet
		p.warn("is in the network of the machine: no NetworkPolicy protects it, and two replicas cannot listen on one port", u.path("network_mode")...)
	case mode == "none", mode == "", mode == "bridge", mode == "default", strings.HasPrefix(mode, types.ServicePrefix):
	default:
		p.refuse(fmt.Sprintf("network mode %s is not carried; service:X, host and none are", mode), u.path("network_mode")...)
	}
	if slices.ContainsFunc(u.all(), func(s *unit) bool { return strings.HasPrefix(s.svc.Pid, types.ServicePrefix) }) {
		p.spec.ShareProcessNamespace = ptr.To(true)
	}
}

func (p *pod) hostAliases() []corev1.HostAlias {
	byIP := map[string][]string{}
	hosts := p.u.svc.ExtraHosts
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		for _, ip := range hosts[host] {
			at := p.u.path("extra_hosts", host)
			if net.ParseIP(ip) == nil {
				if ip == "host-gateway" {
					p.refuse("host-gateway has no fixed address for a pod; write the address of the machine", at...)
				} else {
					p.refuse(fmt.Sprintf("%q is no IP address", ip), at...)
				}
				continue
			}
			byIP[ip] = append(byIP[ip], host)
		}
	}
	var aliases []corev1.HostAlias
	for _, ip := range slices.Sorted(maps.Keys(byIP)) {
		aliases = append(aliases, corev1.HostAlias{IP: ip, Hostnames: byIP[ip]})
	}
	return aliases
}

// dns keeps the names of the application first, as Docker does.
func (p *pod) dns() {
	u, cfg := p.u, &corev1.PodDNSConfig{Searches: p.u.svc.DNSSearch}
	for i, s := range u.svc.DNS {
		if net.ParseIP(s) == nil || i >= 2 {
			p.refuse("a pod has at most two name servers beside that of the cluster, given by address", u.path("dns")...)
			continue
		}
		cfg.Nameservers = append(cfg.Nameservers, s)
	}
	for _, o := range u.svc.DNSOpts {
		name, value, ok := strings.Cut(o, ":")
		opt := corev1.PodDNSConfigOption{Name: name}
		if ok {
			opt.Value = &value
		}
		cfg.Options = append(cfg.Options, opt)
	}
	if len(cfg.Nameservers) > 0 {
		p.info("these name servers are asked after that of the cluster, which knows the names of the application", u.path("dns")...)
	}
	p.spec.DNSConfig = cfg
}

// grace is the longest time that one of the containers wants for stopping.
func (p *pod) grace() {
	for _, s := range p.u.all() {
		if d := s.svc.StopGracePeriod; d != nil {
			p.spec.TerminationGracePeriodSeconds = ptr.To(max(ptr.Deref(p.spec.TerminationGracePeriodSeconds, 0), int64(seconds(time.Duration(*d)))))
			p.fields["terminationGracePeriodSeconds"] = p.origin(s.path("stop_grace_period")...)
		}
	}
}

// seconds rounds up, because Kubernetes counts whole seconds; at least none and at most what an int32 holds.
func seconds(d time.Duration) int32 {
	return int32(min(max(math.Ceil(d.Seconds()), 0), math.MaxInt32))
}
