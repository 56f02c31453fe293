package store

import (
	"fmt"
	"reflect"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Kind describes one kind that the engine serves, in the words of API discovery.
type Kind struct {
	GVK        schema.GroupVersionKind
	Resource   string // plural, lower case
	Singular   string
	ShortNames []string
	Categories []string
	Namespaced bool
	Scale      bool // has the scale subresource
	object     Object
}

// GR is the kind's group and resource, as errors and discovery name it.
func (k *Kind) GR() schema.GroupResource {
	return schema.GroupResource{Group: k.GVK.Group, Resource: k.Resource}
}

// New returns an empty object of the kind.
func (k *Kind) New() Object { return reflect.New(reflect.TypeOf(k.object).Elem()).Interface().(Object) }

// HasStatus tells whether the kind has a status subresource.
func (k *Kind) HasStatus() bool {
	_, ok := reflect.TypeOf(k.object).Elem().FieldByName("Status")
	return ok
}

var all = []string{"all"}

// Kinds is every kind that the engine serves; any other is refused by name.
var Kinds = []*Kind{
	kind("", "v1", "Namespace", "namespaces", &corev1.Namespace{}, false, nil, "ns"),
	kind("", "v1", "Node", "nodes", &corev1.Node{}, false, nil, "no"),
	kind("", "v1", "PersistentVolume", "persistentvolumes", &corev1.PersistentVolume{}, false, nil, "pv"),
	kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", &corev1.PersistentVolumeClaim{}, true, nil, "pvc"),
	kind("", "v1", "Pod", "pods", &corev1.Pod{}, true, all, "po"),
	kind("", "v1", "Service", "services", &corev1.Service{}, true, all, "svc"),
	kind("", "v1", "ConfigMap", "configmaps", &corev1.ConfigMap{}, true, nil, "cm"),
	kind("", "v1", "Secret", "secrets", &corev1.Secret{}, true, nil),
	kind("", "v1", "ServiceAccount", "serviceaccounts", &corev1.ServiceAccount{}, true, nil, "sa"),
	kind("", "v1", "Event", "events", &corev1.Event{}, true, nil, "ev"),
	kind("apps", "v1", "Deployment", "deployments", &appsv1.Deployment{}, true, all, "deploy").scaled(),
	kind("apps", "v1", "ReplicaSet", "replicasets", &appsv1.ReplicaSet{}, true, all, "rs").scaled(),
	kind("apps", "v1", "StatefulSet", "statefulsets", &appsv1.StatefulSet{}, true, all, "sts").scaled(),
	kind("apps", "v1", "ControllerRevision", "controllerrevisions", &appsv1.ControllerRevision{}, true, nil),
	kind("batch", "v1", "Job", "jobs", &batchv1.Job{}, true, all),
	kind("batch", "v1", "CronJob", "cronjobs", &batchv1.CronJob{}, true, all, "cj"),
	kind("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", &autoscalingv2.HorizontalPodAutoscaler{}, true, all, "hpa"),
	kind("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", &discoveryv1.EndpointSlice{}, true, nil),
	kind("networking.k8s.io", "v1", "Ingress", "ingresses", &networkingv1.Ingress{}, true, nil, "ing"),
	kind("networking.k8s.io", "v1", "IngressClass", "ingressclasses", &networkingv1.IngressClass{}, false, nil),
	kind("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", &networkingv1.NetworkPolicy{}, true, nil, "netpol"),
	kind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", &policyv1.PodDisruptionBudget{}, true, nil, "pdb"),
	kind("storage.k8s.io", "v1", "StorageClass", "storageclasses", &storagev1.StorageClass{}, false, nil, "sc"),
}

func kind(group, version, name, resource string, obj Object, namespaced bool, categories []string, short ...string) *Kind {
	return &Kind{
		GVK:        schema.GroupVersionKind{Group: group, Version: version, Kind: name},
		Resource:   resource,
		Singular:   lower(name),
		ShortNames: short,
		Categories: categories,
		Namespaced: namespaced,
		object:     obj,
	}
}

func (k *Kind) scaled() *Kind { k.Scale = true; return k }

var (
	byType  = map[reflect.Type]*Kind{}
	byGroup = map[schema.GroupKind]*Kind{}
)

func init() {
	for _, k := range Kinds {
		byType[reflect.TypeOf(k.object)] = k
		byGroup[k.GVK.GroupKind()] = k
	}
}

// KindOf returns the kind of an object by its Go type; it panics on a type the engine does not serve, which is a
// mistake of the caller.
func KindOf(obj any) *Kind {
	k := byType[reflect.TypeOf(obj)]
	if k == nil {
		panic(fmt.Sprintf("store: %T is not a kind that the engine serves", obj))
	}
	return k
}

// KindFor returns the served kind of that group and name, or nil.
func KindFor(gk schema.GroupKind) *Kind { return byGroup[gk] }

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
