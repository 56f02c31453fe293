package validate

import (
	"math"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func wholePod(f *findings, o, old *corev1.Pod) {
	for i, v := range o.Spec.Volumes {
		if v.Image != nil && v.Image.Reference == "" { // templates may leave it to others
			f.required(objectSpec.Child("volumes").Index(i).Child("image", "reference"))
		}
	}
	podAnnotations(f, metadata.Child("annotations"), o.Annotations, &o.Spec)
	podSpec(f, objectSpec, &o.Spec, &o.ObjectMeta)
	padded(f, objectSpec.Child("containers"), o.Spec.Containers)
	padded(f, objectSpec.Child("initContainers"), o.Spec.InitContainers)
	if o.Spec.HostNetwork {
		for i, c := range o.Spec.Containers {
			for j, port := range c.Ports {
				if port.HostPort == 0 && port.ContainerPort != 0 {
					f.invalid(objectSpec.Child("containers").Index(i).Child("ports").Index(j).Child("hostPort"), port.HostPort, "must match `containerPort` when `hostNetwork` is true")
				}
			}
		}
	}
	if old != nil {
		return
	}
	if len(o.Spec.EphemeralContainers) > 0 {
		f.forbid(objectSpec.Child("ephemeralContainers"), "cannot be set on create")
	}
	if o.Spec.NodeName != "" && len(o.Spec.SchedulingGates) > 0 {
		f.forbid(objectSpec.Child("nodeName"), "cannot be set until all schedulingGates have been cleared")
	}
}

func template(f *findings, p *field.Path, t *corev1.PodTemplateSpec) {
	f.all(metavalidation.ValidateLabels(t.Labels, p.Child("labels")))
	f.all(apivalidation.ValidateAnnotations(t.Annotations, p.Child("annotations")))
	podAnnotations(f, p.Child("annotations"), t.Annotations, &t.Spec)
	podSpec(f, p.Child("spec"), &t.Spec, nil)
	if len(t.Spec.EphemeralContainers) > 0 {
		f.forbid(p.Child("spec", "ephemeralContainers"), "ephemeral containers not allowed in pod template")
	}
}

func podSpec(f *findings, p *field.Path, s *corev1.PodSpec, meta *metav1.ObjectMeta) {
	if s.TerminationGracePeriodSeconds == nil {
		f.required(p.Child("terminationGracePeriodSeconds"))
	}
	c := &pod{spec: s, hostUsers: s.HostUsers == nil || *s.HostUsers}
	c.volumes = volumes(f, p.Child("volumes"), s.Volumes, meta)
	c.claims = podClaims(f, p.Child("resourceClaims"), s.ResourceClaims)
	c.containers(f, p.Child("containers"))
	c.initContainers(f, p.Child("initContainers"))
	c.ephemeralContainers(f, p.Child("ephemeralContainers"))
	podResources(f, p.Child("resources"), s, meta != nil)
	hostNetworkPorts(f, p.Child("containers"), s)
	oneOf(f, p.Child("restartPolicy"), s.RestartPolicy, corev1.RestartPolicyAlways, corev1.RestartPolicyOnFailure, corev1.RestartPolicyNever)
	oneOf(f, p.Child("dnsPolicy"), s.DNSPolicy, corev1.DNSClusterFirstWithHostNet, corev1.DNSClusterFirst, corev1.DNSDefault, corev1.DNSNone)
	f.all(metavalidation.ValidateLabels(s.NodeSelector, p.Child("nodeSelector")))
	podSecurity(f, p.Child("securityContext"), s)
	affinity(f, p.Child("affinity"), s.Affinity)
	dnsConfig(f, p.Child("dnsConfig"), s)
	for i, g := range s.ReadinessGates {
		f.invalid(p.Child("readinessGates").Index(i).Child("conditionType"), string(g.ConditionType), validation.IsQualifiedName(string(g.ConditionType))...)
	}
	gates := sets.New[string]()
	for i, g := range s.SchedulingGates {
		at := p.Child("schedulingGates").Index(i)
		f.invalid(at, g.Name, validation.IsQualifiedName(g.Name)...)
		unique(f, at, gates, g.Name)
	}
	spread(f, p.Child("topologySpreadConstraints"), s.TopologySpreadConstraints)
	hostProcess(f, p, s)
	hostUsers(f, p, s)
	hostnames(f, p, s)
	names(f, p, s)
	if v := s.ActiveDeadlineSeconds; v != nil && (*v < 1 || *v > math.MaxInt32) {
		f.invalid(p.Child("activeDeadlineSeconds"), *v, validation.InclusiveRangeError(1, math.MaxInt32))
	}
	tolerations(f, p.Child("tolerations"), s.Tolerations)
	for i, h := range s.HostAliases {
		at := p.Child("hostAliases").Index(i)
		f.ip(at.Child("ip"), h.IP)
		for j, name := range h.Hostnames {
			f.subdomain(at.Child("hostnames").Index(j), name)
		}
	}
	optional(f, p.Child("preemptionPolicy"), s.PreemptionPolicy, corev1.PreemptLowerPriority, corev1.PreemptNever)
	if s.Overhead != nil {
		requirements(f, p.Child("overhead"), &corev1.ResourceRequirements{Limits: s.Overhead}, nil)
	}
	if s.OS != nil {
		if s.OS.Name == "" {
			f.required(p.Child("os", "name"))
		} else {
			enum(f, p.Child("os"), s.OS.Name, corev1.Linux, corev1.Windows)
		}
	}
	ofOtherSystems(f, p, s)
	fileVolumes(f, p, s)
}

func hostNetworkPorts(f *findings, p *field.Path, s *corev1.PodSpec) {
	if !s.HostNetwork {
		return
	}
	for i, c := range s.Containers {
		for j, port := range c.Ports {
			if port.HostPort != 0 && port.HostPort != port.ContainerPort {
				f.invalid(p.Index(i).Child("ports").Index(j).Child("hostPort"), port.HostPort, "must match `containerPort` when `hostNetwork` is true")
			}
		}
	}
}

func names(f *findings, p *field.Path, s *corev1.PodSpec) {
	if s.ServiceAccountName != "" {
		f.invalid(p.Child("serviceAccountName"), s.ServiceAccountName, apivalidation.ValidateServiceAccountName(s.ServiceAccountName, false)...)
	}
	for _, n := range []struct{ field, name string }{{"nodeName", s.NodeName}, {"priorityClassName", s.PriorityClassName}} {
		if n.name != "" {
			f.subdomain(p.Child(n.field), n.name)
		}
	}
	if s.RuntimeClassName != nil {
		f.subdomain(p.Child("runtimeClassName"), *s.RuntimeClassName)
	}
	for _, n := range []struct{ field, name string }{{"hostname", s.Hostname}, {"subdomain", s.Subdomain}} {
		if n.name != "" {
			f.label(p.Child(n.field), n.name)
		}
	}
}

func hostnames(f *findings, p *field.Path, s *corev1.PodSpec) {
	if s.HostnameOverride == nil {
		return
	}
	at := p.Child("hostnameOverride")
	if s.SetHostnameAsFQDN != nil && *s.SetHostnameAsFQDN {
		f.forbid(at, "may not be specified when setHostnameAsFQDN is true")
	}
	if s.HostNetwork {
		f.forbid(at, "may not be specified when hostNetwork is true")
	}
	if len(*s.HostnameOverride) > 64 {
		f.add(field.TooLong(at, "", 64))
	}
	f.subdomain(at, *s.HostnameOverride)
}

func hostUsers(f *findings, p *field.Path, s *corev1.PodSpec) {
	if s.HostUsers == nil || *s.HostUsers {
		return
	}
	const why = "when `hostUsers` is false"
	if s.HostNetwork {
		f.forbid(p.Child("hostNetwork"), why)
	}
	if s.HostPID {
		f.forbid(p.Child("HostPID"), why)
	}
	if s.HostIPC {
		f.forbid(p.Child("HostIPC"), why)
	}
}

func dnsConfig(f *findings, p *field.Path, s *corev1.PodSpec) {
	c := s.DNSConfig
	if s.DNSPolicy == corev1.DNSNone {
		if c == nil {
			f.add(field.Required(p, "must provide `dnsConfig` when `dnsPolicy` is None"))
			return
		}
		if len(c.Nameservers) == 0 {
			f.add(field.Required(p.Child("nameservers"), "must provide at least one DNS nameserver when `dnsPolicy` is None"))
			return
		}
	}
	if c == nil {
		return
	}
	if len(c.Nameservers) > 3 {
		f.invalid(p.Child("nameservers"), c.Nameservers, "must not have more than 3 nameservers")
	}
	for i, ip := range c.Nameservers {
		f.ip(p.Child("nameservers").Index(i), ip)
	}
	if len(c.Searches) > 32 {
		f.invalid(p.Child("searches"), c.Searches, "must not have more than 32 search paths")
	}
	if len(strings.Join(c.Searches, " ")) > 2048 {
		f.invalid(p.Child("searches"), c.Searches, "must not have more than 2048 characters (including spaces) in the search list")
	}
	for i, s := range c.Searches {
		if s != "." {
			s = strings.TrimSuffix(s, ".")
			f.invalid(p.Child("searches").Index(i), s, validation.IsDNS1123SubdomainWithUnderscore(s)...)
		}
	}
	for i, o := range c.Options {
		if o.Name == "" {
			f.add(field.Required(p.Child("options").Index(i), "must not be empty"))
		}
	}
}

// fileVolumes wants files with environment variables to be in a volume of the pod's own.
func fileVolumes(f *findings, p *field.Path, s *corev1.PodSpec) {
	sources := map[string]*corev1.VolumeSource{}
	for i := range s.Volumes {
		sources[s.Volumes[i].Name] = &s.Volumes[i].VolumeSource
	}
	for _, list := range []struct {
		name string
		of   []corev1.Container
	}{{"initContainers", s.InitContainers}, {"containers", s.Containers}} {
		for i, c := range list.of {
			for j, v := range c.Env {
				if v.ValueFrom == nil || v.ValueFrom.FileKeyRef == nil {
					continue
				}
				at, name := p.Child(list.name).Index(i).Child("env").Index(j).Child("valueFrom", "fileKeyRef", "volumeName"), v.ValueFrom.FileKeyRef.VolumeName
				if source := sources[name]; source == nil {
					f.add(field.NotFound(at, name))
				} else if source.EmptyDir == nil {
					f.invalid(at, name, "referenced volume must be of type emptyDir")
				}
			}
		}
	}
}
