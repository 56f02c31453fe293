package defaults

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

func setContainer(c *corev1.Container) {
	text(&c.ImagePullPolicy, pullPolicy(c.Image))
	text(&c.TerminationMessagePath, corev1.TerminationMessagePathDefault)
	text(&c.TerminationMessagePolicy, corev1.TerminationMessageReadFile)
	setRequirements(&c.Resources)
	for i := range c.Ports {
		text(&c.Ports[i].Protocol, corev1.ProtocolTCP)
	}
	for i := range c.Env {
		from := c.Env[i].ValueFrom
		if from != nil && from.FieldRef != nil {
			text(&from.FieldRef.APIVersion, "v1")
		}
		if from != nil && from.FileKeyRef != nil {
			value(&from.FileKeyRef.Optional, false)
		}
	}
	setProbe(c.LivenessProbe)
	setProbe(c.ReadinessProbe)
	setProbe(c.StartupProbe)
	if l := c.Lifecycle; l != nil {
		if l.PostStart != nil {
			setGet(l.PostStart.HTTPGet)
		}
		if l.PreStop != nil {
			setGet(l.PreStop.HTTPGet)
		}
	}
}

// pullPolicy is Always for images named by the moving tag "latest" or by no tag at all, IfNotPresent for others.
func pullPolicy(image string) corev1.PullPolicy {
	name, _, digest := strings.Cut(image, "@")
	tag := ""
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name, tag = name[:i], name[i+1:]
	}
	if !imageName(name) {
		return corev1.PullIfNotPresent // found wrong by who pulls it
	}
	if tag == "latest" || tag == "" && !digest {
		return corev1.PullAlways
	}
	return corev1.PullIfNotPresent
}

// imageName tells whether the name, without tag and digest, is one by the grammar of image references.
func imageName(name string) bool {
	parts := strings.Split(name, "/")
	if len(parts) > 1 && (strings.ContainsAny(parts[0], ".:") || parts[0] == "localhost" || strings.ToLower(parts[0]) != parts[0]) {
		parts = parts[1:] // the registry's host
	}
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "-") {
		return false
	}
	for _, p := range parts {
		edge := func(i int) bool { return p[i] >= 'a' && p[i] <= 'z' || p[i] >= '0' && p[i] <= '9' }
		if p == "" || !edge(0) || !edge(len(p)-1) || strings.Trim(p, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
			return false
		}
	}
	return true
}

func setProbe(p *corev1.Probe) {
	if p == nil {
		return
	}
	text(&p.TimeoutSeconds, 1)
	text(&p.PeriodSeconds, 10)
	text(&p.SuccessThreshold, 1)
	text(&p.FailureThreshold, 3)
	setGet(p.HTTPGet)
	if p.GRPC != nil {
		value(&p.GRPC.Service, "")
	}
}

func setGet(g *corev1.HTTPGetAction) {
	if g != nil {
		text(&g.Path, "/")
		text(&g.Scheme, corev1.URISchemeHTTP)
	}
}
