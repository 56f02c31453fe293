package validate

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// pod is what its containers are judged against.
type pod struct {
	spec      *corev1.PodSpec
	volumes   map[string]*corev1.VolumeSource
	claims    sets.Set[string]
	hostUsers bool
}

func (c *pod) containers(f *findings, p *field.Path) {
	if len(c.spec.Containers) == 0 {
		f.required(p)
		return
	}
	names := sets.New[string]()
	for i := range c.spec.Containers {
		k, at := &c.spec.Containers[i], p.Index(i)
		c.container(f, at, k)
		unique(f, at.Child("name"), names, k.Name)
		lifecycle(f, at.Child("lifecycle"), k.Lifecycle, c.spec.TerminationGracePeriodSeconds, c.spec.OS)
		probes(f, at, k, c.spec.TerminationGracePeriodSeconds)
		restartRules(f, at, k)
	}
	hostPorts(f, p, c.spec.Containers)
}

func (c *pod) initContainers(f *findings, p *field.Path) {
	names := sets.New[string]()
	for _, k := range c.spec.Containers {
		names.Insert(k.Name)
	}
	for i := range c.spec.InitContainers {
		k, at := &c.spec.InitContainers[i], p.Index(i)
		c.container(f, at, k)
		restartRules(f, at, k)
		if k.Name != "" {
			unique(f, at.Child("name"), names, k.Name)
		}
		hostPorts(f, p, c.spec.InitContainers[i:i+1])
		if k.RestartPolicy != nil && *k.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			lifecycle(f, at.Child("lifecycle"), k.Lifecycle, c.spec.TerminationGracePeriodSeconds, c.spec.OS)
			probes(f, at, k, c.spec.TerminationGracePeriodSeconds)
			continue
		}
		const why = "may not be set for init containers without restartPolicy=Always"
		for _, g := range []struct {
			name  string
			given bool
		}{{"lifecycle", k.Lifecycle != nil}, {"livenessProbe", k.LivenessProbe != nil}, {"readinessProbe", k.ReadinessProbe != nil}, {"startupProbe", k.StartupProbe != nil}} {
			if g.given {
				f.forbid(at.Child(g.name), why)
			}
		}
		for j, r := range k.ResizePolicy {
			if r.RestartPolicy == corev1.RestartContainer {
				f.invalid(at.Child("resizePolicy").Index(j).Child("restartPolicy"), r.RestartPolicy, "must not be set to 'RestartContainer' for non-sidecar initContainers")
			}
		}
	}
}

func (c *pod) ephemeralContainers(f *findings, p *field.Path) {
	names := sets.New[string]()
	for _, list := range [][]corev1.Container{c.spec.Containers, c.spec.InitContainers} {
		for _, k := range list {
			names.Insert(k.Name)
		}
	}
	targets := names.Clone()
	for i := range c.spec.EphemeralContainers {
		e, at := &c.spec.EphemeralContainers[i], p.Index(i)
		c.container(f, at, (*corev1.Container)(&e.EphemeralContainerCommon))
		unique(f, at.Child("name"), names, e.Name)
		if e.TargetContainerName != "" && !targets.Has(e.TargetContainerName) {
			f.add(field.NotFound(at.Child("targetContainerName"), e.TargetContainerName))
		}
	}
}

func (c *pod) container(f *findings, p *field.Path, k *corev1.Container) {
	if k.Name == "" {
		f.required(p.Child("name"))
	} else {
		f.label(p.Child("name"), k.Name)
	}
	if k.Image == "" {
		f.required(p.Child("image"))
	}
	oneOf(f, p.Child("terminationMessagePolicy"), k.TerminationMessagePolicy, corev1.TerminationMessageReadFile, corev1.TerminationMessageFallbackToLogsOnError)
	containerPorts(f, p.Child("ports"), k.Ports)
	env(f, p.Child("env"), k.Env)
	envFrom(f, p.Child("envFrom"), k.EnvFrom)
	mounts(f, p.Child("volumeMounts"), k, c.volumes)
	devices(f, p.Child("volumeDevices"), k, c.volumes)
	oneOf(f, p.Child("imagePullPolicy"), k.ImagePullPolicy, corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever)
	requirements(f, p.Child("resources"), &k.Resources, c.claims)
	c.resize(f, p.Child("resizePolicy"), k.ResizePolicy)
	security(f, p.Child("securityContext"), k.SecurityContext, c.hostUsers)
}

func containerPorts(f *findings, p *field.Path, ports []corev1.ContainerPort) {
	names := sets.New[string]()
	for i, c := range ports {
		at := p.Index(i)
		if c.Name != "" {
			if msgs := validation.IsValidPortName(c.Name); len(msgs) > 0 {
				f.invalid(at.Child("name"), c.Name, msgs...)
			} else {
				unique(f, at.Child("name"), names, c.Name)
			}
		}
		if c.ContainerPort == 0 {
			f.required(at.Child("containerPort"))
		} else {
			f.port(at.Child("containerPort"), c.ContainerPort)
		}
		if c.HostPort != 0 {
			f.port(at.Child("hostPort"), c.HostPort)
		}
		oneOf(f, at.Child("protocol"), c.Protocol, corev1.ProtocolSCTP, corev1.ProtocolTCP, corev1.ProtocolUDP)
	}
}

func hostPorts(f *findings, p *field.Path, list []corev1.Container) {
	seen := sets.New[string]()
	for i, c := range list {
		for j, port := range c.Ports {
			if port.HostPort != 0 {
				unique(f, p.Index(i).Child("ports").Index(j).Child("hostPort"), seen, fmt.Sprintf("%s/%s/%d", port.Protocol, port.HostIP, port.HostPort))
			}
		}
	}
}

func (c *pod) resize(f *findings, p *field.Path, policies []corev1.ContainerResizePolicy) {
	seen := sets.New[corev1.ResourceName]()
	for i, r := range policies {
		unique(f, p.Index(i), seen, r.ResourceName)
		oneOf(f, p, r.ResourceName, corev1.ResourceCPU, corev1.ResourceMemory)
		oneOf(f, p, r.RestartPolicy, corev1.NotRequired, corev1.RestartContainer)
		if c.spec.RestartPolicy == corev1.RestartPolicyNever && r.RestartPolicy != corev1.NotRequired {
			f.invalid(p, r.RestartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'")
		}
	}
}

func restartRules(f *findings, p *field.Path, c *corev1.Container) {
	if c.RestartPolicy == nil {
		if len(c.RestartPolicyRules) > 0 {
			f.add(field.Required(p.Child("restartPolicy"), "must specify restartPolicy when restart rules are used"))
		}
	} else {
		enum(f, p.Child("restartPolicy"), *c.RestartPolicy, corev1.ContainerRestartPolicyAlways, corev1.ContainerRestartPolicyNever, corev1.ContainerRestartPolicyOnFailure)
	}
	if len(c.RestartPolicyRules) > 20 {
		f.add(field.TooMany(p.Child("restartPolicyRules"), len(c.RestartPolicyRules), 20))
	}
	for i, r := range c.RestartPolicyRules {
		at := p.Child("restartPolicyRules").Index(i)
		enum(f, at.Child("action"), r.Action, corev1.ContainerRestartRuleActionRestart, corev1.ContainerRestartRuleActionRestartAllContainers)
		if r.ExitCodes == nil {
			f.add(field.Required(at.Child("exitCodes"), "must be specified"))
			continue
		}
		enum(f, at.Child("exitCodes", "operator"), r.ExitCodes.Operator, corev1.ContainerRestartRuleOnExitCodesOpIn, corev1.ContainerRestartRuleOnExitCodesOpNotIn)
		if len(r.ExitCodes.Values) > 255 {
			f.add(field.TooMany(at.Child("exitCodes", "values"), len(r.ExitCodes.Values), 255))
		}
	}
}

// padded refuses images with blanks around their names, which only pods themselves do.
func padded(f *findings, p *field.Path, list []corev1.Container) {
	for i, c := range list {
		if strings.TrimSpace(c.Image) != c.Image {
			f.invalid(p.Index(i).Child("image"), c.Image, "must not have leading or trailing whitespace")
		}
	}
}
