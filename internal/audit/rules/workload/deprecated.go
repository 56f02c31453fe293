package workload

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

var deprecated = []*rule.Rule{
	{ID: "deprecated-field", Severity: rule.Risk, Title: "A field, label or annotation is no longer what Kubernetes reads", Fixes: true,
		Why:     "It works on old clusters only, or has already no effect: what it was to ensure, a profile, a zone, a class, is not ensured.",
		Advice:  "write what has taken its place",
		Sources: []string{docs + "reference/labels-annotations-taints/", docs + "reference/using-api/deprecation-policy/"}, Check: deprecatedField},
}

// heirs are labels and annotations that have another name now.
var heirs = map[string]string{
	"beta.kubernetes.io/os":                            "kubernetes.io/os",
	"beta.kubernetes.io/arch":                          "kubernetes.io/arch",
	"beta.kubernetes.io/instance-type":                 "node.kubernetes.io/instance-type",
	"failure-domain.beta.kubernetes.io/zone":           "topology.kubernetes.io/zone",
	"failure-domain.beta.kubernetes.io/region":         "topology.kubernetes.io/region",
	"failure-domain.kubernetes.io/zone":                "topology.kubernetes.io/zone",
	"failure-domain.kubernetes.io/region":              "topology.kubernetes.io/region",
	"storageclass.beta.kubernetes.io/is-default-class": "storageclass.kubernetes.io/is-default-class",
}

// classAnnotation named the class of a claim or volume before there was a field.
const classAnnotation = "volume.beta.kubernetes.io/storage-class"

// note is an annotation that is no longer read, or will not be.
type note struct {
	key    string // a key, or what it begins with if it ends in a slash
	advice string
	kinds  string // of objects that it was for; empty: pods
}

var notes = []note{
	{"seccomp.security.alpha.kubernetes.io/pod", "set securityContext.seccompProfile; Kubernetes 1.27 and later do not read the annotation", ""},
	{"container.seccomp.security.alpha.kubernetes.io/", "set securityContext.seccompProfile of the container; Kubernetes 1.27 and later do not read the annotation", ""},
	{"container.apparmor.security.beta.kubernetes.io/", "set securityContext.appArmorProfile of the container, a field since Kubernetes 1.30", ""},
	{"scheduler.alpha.kubernetes.io/critical-pod", "set priorityClassName to system-cluster-critical; the annotation has not been read since Kubernetes 1.16", ""},
	{"scheduler.alpha.kubernetes.io/affinity", "use spec.affinity", ""},
	{"scheduler.alpha.kubernetes.io/tolerations", "use spec.tolerations", ""},
	{"pod.beta.kubernetes.io/init-containers", "use spec.initContainers; the annotation has not been read since Kubernetes 1.8", ""},
	{"pod.alpha.kubernetes.io/init-containers", "use spec.initContainers; the annotation has not been read since Kubernetes 1.8", ""},
	{"pod.beta.kubernetes.io/hostname", "use spec.hostname", ""},
	{"pod.beta.kubernetes.io/subdomain", "use spec.subdomain", ""},
	{"service.alpha.kubernetes.io/tolerate-unready-endpoints", "set spec.publishNotReadyAddresses: true", "Service"},
	{"volume.alpha.kubernetes.io/storage-class", "set spec.storageClassName", "PersistentVolumeClaim"},
}

func deprecatedField(p *rule.Pass) {
	for _, w := range p.Workloads() {
		podDeprecated(p, w)
	}
	for _, kind := range []string{"Service", "PersistentVolumeClaim"} {
		for _, o := range p.OfKind(kind) {
			deprecatedNotes(p, o, "metadata.annotations", o.Meta().GetAnnotations(), kind)
		}
	}
	for _, o := range p.OfKind("Service") {
		if s, ok := o.Object.(*corev1.Service); ok && s.Spec.LoadBalancerIP != "" {
			p.Report(o, "spec.loadBalancerIP", "asks for address %s in a field that is deprecated since Kubernetes 1.24 and that not every provider reads", s.Spec.LoadBalancerIP).
				Advise("use the annotation that your provider documents")
		}
	}
	for _, kind := range []string{"PersistentVolumeClaim", "PersistentVolume"} {
		for _, o := range p.OfKind(kind) {
			classDeprecated(p, o)
		}
	}
	for _, o := range p.OfKind("StorageClass") {
		for _, key := range sortedKeys(o.Meta().GetAnnotations()) {
			if heir := heirs[key]; heir != "" {
				field := "metadata.annotations[" + key + "]"
				p.Report(o, field, "has the annotation %s, which is %s now", key, heir).Advise("rename it to "+heir).Rename(field, heir)
			}
		}
	}
}

// classDeprecated is the annotation that took precedence over the field, and is the field now.
func classDeprecated(p *rule.Pass, o *objects.Object) {
	class, ok := o.Meta().GetAnnotations()[classAnnotation]
	if !ok {
		return
	}
	field := "metadata.annotations[" + classAnnotation + "]"
	f := p.Report(o, field, "names its class %q in the annotation %s", class, classAnnotation).Advise("set spec.storageClassName")
	written := ""
	switch v := o.Object.(type) {
	case *corev1.PersistentVolumeClaim:
		if v.Spec.StorageClassName != nil {
			written = *v.Spec.StorageClassName
		}
	case *corev1.PersistentVolume:
		written = v.Spec.StorageClassName
	}
	if written != "" && written != class {
		f.Advise(fmt.Sprintf("keep one of %q and %q, in spec.storageClassName; the annotation has been the one that counts", class, written))
		return
	}
	if len(o.Meta().GetAnnotations()) == 1 {
		field = "metadata.annotations"
	}
	f.Set("spec.storageClassName", class).Remove(field)
}

func podDeprecated(p *rule.Pass, w *objects.Workload) {
	if a, b := w.Pod.DeprecatedServiceAccount, w.Pod.ServiceAccountName; a != "" && a != b {
		f := p.Report(w.Object, w.Path+".serviceAccount", "names its service account %s in serviceAccount, an old name of serviceAccountName", a).Advise("rename it to serviceAccountName")
		if b == "" {
			f.Rename(w.Path+".serviceAccount", "serviceAccountName")
		}
	}
	for _, key := range sortedKeys(w.Pod.NodeSelector) {
		if heir := heirs[key]; heir != "" {
			field := w.Path + ".nodeSelector[" + key + "]"
			f := p.Report(w.Object, field, "selects nodes by the label %s, which is %s now", key, heir).Advise("use " + heir)
			if _, both := w.Pod.NodeSelector[heir]; !both {
				f.Rename(field, heir)
			}
		}
	}
	for i, c := range w.Pod.TopologySpreadConstraints {
		topologyDeprecated(p, w, fmt.Sprintf("%s.topologySpreadConstraints[%d].topologyKey", w.Path, i), c.TopologyKey)
	}
	if a := w.Pod.Affinity; a != nil && a.PodAntiAffinity != nil {
		at := w.Path + ".affinity.podAntiAffinity"
		for i, t := range a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution {
			topologyDeprecated(p, w, fmt.Sprintf("%s.requiredDuringSchedulingIgnoredDuringExecution[%d].topologyKey", at, i), t.TopologyKey)
		}
		for i, t := range a.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution {
			topologyDeprecated(p, w, fmt.Sprintf("%s.preferredDuringSchedulingIgnoredDuringExecution[%d].podAffinityTerm.topologyKey", at, i), t.PodAffinityTerm.TopologyKey)
		}
	}
	if t, path := objects.Template(w.Object.Object); t != nil {
		deprecatedNotes(p, w.Object, path+".metadata.annotations", t.Annotations, "")
	} else if w.Kind() == "Pod" {
		deprecatedNotes(p, w.Object, "metadata.annotations", w.Meta().GetAnnotations(), "")
	}
}

func topologyDeprecated(p *rule.Pass, w *objects.Workload, field, key string) {
	if heir := heirs[key]; heir != "" {
		p.Report(w.Object, field, "spreads over the label %s, which is %s now", key, heir).Advise("use "+heir).Set(field, heir)
	}
}

func deprecatedNotes(p *rule.Pass, o *objects.Object, at string, written map[string]string, kind string) {
	for _, key := range sortedKeys(written) {
		for _, n := range notes {
			if n.kinds == kind && (key == n.key || strings.HasSuffix(n.key, "/") && strings.HasPrefix(key, n.key)) {
				p.Report(o, at+"["+key+"]", "has the annotation %s, which is no longer what counts", key).Advise(n.advice)
			}
		}
	}
}

func sortedKeys(m map[string]string) []string {
	if len(m) == 0 {
		return nil
	}
	return slices.Sorted(mapKeys(m))
}
