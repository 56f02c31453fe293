package objects

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Reference is one object naming another.
type Reference struct {
	From     *Object
	Field    string // path of the field in From
	Kind     string
	Name     string // empty for a selector
	Key      string // of a ConfigMap or Secret, where one of its keys is named
	To       *Object
	Optional bool // the API lets the other be missing
	Selector bool // From chooses To by labels
}

// References lists who refers to whom, in the order of the objects. A name that no object of the application has gives
// a Reference whose To is nil; a selector gives one Reference for every workload whose pods it chooses, and one with a
// nil To if it chooses none.
func (a *Application) References() []Reference { return NewGraph(a).References() }

// namer notes that a field names another object, and perhaps one of its keys.
type namer func(field, kind, name, key string, optional bool)

func (g *Graph) references() []Reference {
	var all []Reference
	for _, o := range g.app.Objects {
		name := func(field, kind, name, key string, optional bool) {
			if name != "" {
				all = append(all, Reference{From: o, Field: field, Kind: kind, Name: name, Key: key, To: g.Find(kind, o.Namespace(), name), Optional: optional})
			}
		}
		if spec, path := PodSpec(o.Object); spec != nil {
			podReferences(spec, path, name)
		}
		objectReferences(o, name)
		if field, sel := PodSelector(o); sel != nil {
			all = append(all, g.selected(o, field, sel)...)
		}
	}
	return all
}

// Users lists the objects that refer to one by name.
func (a *Application) Users(kind, name string) []*Object {
	var users []*Object
	seen := map[*Object]bool{}
	for _, r := range a.References() {
		if r.Kind == kind && r.Name == name && !seen[r.From] {
			seen[r.From] = true
			users = append(users, r.From)
		}
	}
	return users
}

func podReferences(spec *corev1.PodSpec, path string, name namer) {
	name(path+".serviceAccountName", "ServiceAccount", spec.ServiceAccountName, "", false)
	name(path+".priorityClassName", "PriorityClass", spec.PriorityClassName, "", false)
	if spec.RuntimeClassName != nil {
		name(path+".runtimeClassName", "RuntimeClass", *spec.RuntimeClassName, "", false)
	}
	for i, s := range spec.ImagePullSecrets {
		name(indexed(path+".imagePullSecrets", i), "Secret", s.Name, "", true)
	}
	EachContainer(spec, path, func(c *corev1.Container, path string) {
		for i, e := range c.EnvFrom {
			at := indexed(path+".envFrom", i)
			if r := e.ConfigMapRef; r != nil {
				name(at+".configMapRef", "ConfigMap", r.Name, "", isTrue(r.Optional))
			}
			if r := e.SecretRef; r != nil {
				name(at+".secretRef", "Secret", r.Name, "", isTrue(r.Optional))
			}
		}
		for i, e := range c.Env {
			if e.ValueFrom == nil {
				continue
			}
			at := indexed(path+".env", i) + ".valueFrom"
			if r := e.ValueFrom.ConfigMapKeyRef; r != nil {
				name(at+".configMapKeyRef", "ConfigMap", r.Name, r.Key, isTrue(r.Optional))
			}
			if r := e.ValueFrom.SecretKeyRef; r != nil {
				name(at+".secretKeyRef", "Secret", r.Name, r.Key, isTrue(r.Optional))
			}
		}
	})
	for i := range spec.Volumes {
		volumeReferences(&spec.Volumes[i], indexed(path+".volumes", i), name)
	}
}

func volumeReferences(v *corev1.Volume, path string, name namer) {
	switch {
	case v.ConfigMap != nil:
		name(path+".configMap", "ConfigMap", v.ConfigMap.Name, "", isTrue(v.ConfigMap.Optional))
	case v.Secret != nil:
		name(path+".secret", "Secret", v.Secret.SecretName, "", isTrue(v.Secret.Optional))
	case v.PersistentVolumeClaim != nil:
		name(path+".persistentVolumeClaim", "PersistentVolumeClaim", v.PersistentVolumeClaim.ClaimName, "", false)
	case v.Projected != nil:
		for i, s := range v.Projected.Sources {
			at := indexed(path+".projected.sources", i)
			if s.ConfigMap != nil {
				name(at+".configMap", "ConfigMap", s.ConfigMap.Name, "", isTrue(s.ConfigMap.Optional))
			}
			if s.Secret != nil {
				name(at+".secret", "Secret", s.Secret.Name, "", isTrue(s.Secret.Optional))
			}
		}
	}
}

func objectReferences(o *Object, name namer) {
	switch v := o.Object.(type) {
	case *appsv1.StatefulSet:
		name("spec.serviceName", "Service", v.Spec.ServiceName, "", false)
		for i, c := range v.Spec.VolumeClaimTemplates {
			if c.Spec.StorageClassName != nil {
				name(indexed("spec.volumeClaimTemplates", i)+".spec.storageClassName", "StorageClass", *c.Spec.StorageClassName, "", false)
			}
		}
	case *corev1.PersistentVolumeClaim:
		if v.Spec.StorageClassName != nil {
			name("spec.storageClassName", "StorageClass", *v.Spec.StorageClassName, "", false)
		}
	case *corev1.ServiceAccount:
		for i, s := range v.Secrets {
			name(indexed("secrets", i), "Secret", s.Name, "", true)
		}
	case *networkingv1.Ingress:
		ingressReferences(v, name)
	case *autoscalingv2.HorizontalPodAutoscaler:
		name("spec.scaleTargetRef", v.Spec.ScaleTargetRef.Kind, v.Spec.ScaleTargetRef.Name, "", false)
	case *rbacv1.RoleBinding:
		name("roleRef", v.RoleRef.Kind, v.RoleRef.Name, "", false)
		for i, s := range v.Subjects {
			if s.Kind == rbacv1.ServiceAccountKind && (s.Namespace == "" || s.Namespace == v.Namespace) {
				name(indexed("subjects", i), s.Kind, s.Name, "", false)
			}
		}
	}
}

func ingressReferences(v *networkingv1.Ingress, name namer) {
	if v.Spec.IngressClassName != nil {
		name("spec.ingressClassName", "IngressClass", *v.Spec.IngressClassName, "", false)
	}
	backend := func(field string, b *networkingv1.IngressBackend) {
		if b != nil && b.Service != nil {
			name(field+".service", "Service", b.Service.Name, "", false)
		}
	}
	backend("spec.defaultBackend", v.Spec.DefaultBackend)
	for i, r := range v.Spec.Rules {
		if r.HTTP == nil {
			continue
		}
		for j := range r.HTTP.Paths {
			backend(indexed(indexed("spec.rules", i)+".http.paths", j)+".backend", &r.HTTP.Paths[j].Backend)
		}
	}
	for i, t := range v.Spec.TLS {
		name(indexed("spec.tls", i)+".secretName", "Secret", t.SecretName, "", false)
	}
}

// PodSelector is the selector by which an object chooses pods, nil if it chooses none or has no selector.
func PodSelector(o *Object) (field string, sel *metav1.LabelSelector) {
	switch v := o.Object.(type) {
	case *corev1.Service:
		if len(v.Spec.Selector) > 0 {
			return "spec.selector", &metav1.LabelSelector{MatchLabels: v.Spec.Selector}
		}
	case *networkingv1.NetworkPolicy:
		return "spec.podSelector", &v.Spec.PodSelector
	case *policyv1.PodDisruptionBudget:
		return "spec.selector", v.Spec.Selector
	}
	return "", nil
}

func (g *Graph) selected(from *Object, field string, sel *metav1.LabelSelector) []Reference {
	var found []Reference
	for _, w := range g.Select(from.Namespace(), sel) {
		found = append(found, Reference{From: from, Field: field, Kind: w.Kind(), Name: w.Name(), To: w.Object, Selector: true})
	}
	if found == nil {
		found = []Reference{{From: from, Field: field, Kind: "Pod", Selector: true}}
	}
	return found
}

func indexed(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

func isTrue(b *bool) bool { return b != nil && *b }
