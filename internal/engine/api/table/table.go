package table

import (
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// columns of a kind: "+" before a name is for `-o wide`, "#" is a number, "?" true or false.
var columns = map[string]string{
	"Namespace":               "Name|Status|Age",
	"Node":                    "Name|Status|Roles|Age|Version|+Internal-IP|+External-IP|+OS-Image|+Kernel-Version|+Container-Runtime",
	"PersistentVolume":        "Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|VolumeAttributesClass|Reason|Age|+VolumeMode",
	"PersistentVolumeClaim":   "Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|+VolumeMode",
	"Pod":                     "Name|Ready|Status|Restarts|Age|+IP|+Node|+Nominated Node|+Readiness Gates",
	"Service":                 "Name|Type|Cluster-IP|External-IP|Port(s)|Age|+Selector",
	"ConfigMap":               "Name|Data|Age",
	"Secret":                  "Name|Type|Data|Age",
	"ServiceAccount":          "Name|Age",
	"Event":                   "Last Seen|Type|Reason|Object|+Subobject|+Source|Message|+First Seen|+Count|+Name",
	"Deployment":              "Name|Ready|Up-to-date|Available|Age|+Containers|+Images|+Selector",
	"ReplicaSet":              "Name|#Desired|#Current|#Ready|Age|+Containers|+Images|+Selector",
	"StatefulSet":             "Name|Ready|Age|+Containers|+Images",
	"ControllerRevision":      "Name|Controller|Revision|Age",
	"Job":                     "Name|Status|Completions|Duration|Age|+Containers|+Images|+Selector",
	"CronJob":                 "Name|Schedule|Timezone|?Suspend|#Active|Last Schedule|Age|+Containers|+Images|+Selector",
	"HorizontalPodAutoscaler": "Name|Reference|Targets|MinPods|MaxPods|Replicas|Age",
	"EndpointSlice":           "Name|AddressType|Ports|Endpoints|Age",
	"Ingress":                 "Name|Class|Hosts|Address|Ports|Age",
	"IngressClass":            "Name|Controller|Parameters|Age",
	"NetworkPolicy":           "Name|Pod-Selector|Age",
	"PodDisruptionBudget":     "Name|Min Available|Max Unavailable|#Allowed Disruptions|Age",
	"StorageClass":            "Name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age",
}

// Columns returns the columns of a kind; those with priority 1 are for `-o wide`.
func Columns(k *store.Kind) []metav1.TableColumnDefinition {
	names, ok := columns[k.GVK.Kind]
	if !ok {
		names = "Name|Age"
	}
	var out []metav1.TableColumnDefinition
	for _, name := range strings.Split(names, "|") {
		c := metav1.TableColumnDefinition{Type: "string"}
		name, wide := strings.CutPrefix(name, "+")
		if wide {
			c.Priority = 1
		}
		switch name[0] {
		case '#':
			name, c.Type = name[1:], "integer"
		case '?':
			name, c.Type = name[1:], "boolean"
		}
		if c.Name = name; name == "Name" {
			c.Format = "name"
		}
		out = append(out, c)
	}
	return out
}

// Row returns the cells of an object, in the order of its kind's Columns. The row's Object is left to the caller.
func Row(obj runtime.Object, now time.Time) metav1.TableRow {
	m, err := meta.Accessor(obj)
	if err != nil {
		return metav1.TableRow{}
	}
	r := row{name: m.GetName(), age: since(now, m.GetCreationTimestamp().Time), now: now}
	switch o := obj.(type) {
	case *corev1.Pod:
		return r.pod(o)
	case *corev1.Namespace:
		return r.of(r.name, string(o.Status.Phase), r.age)
	case *corev1.Node:
		return r.node(o)
	case *corev1.PersistentVolume:
		return r.volume(o)
	case *corev1.PersistentVolumeClaim:
		return r.claim(o)
	case *corev1.Service:
		return r.service(o)
	case *corev1.ConfigMap:
		return r.of(r.name, int64(len(o.Data)+len(o.BinaryData)), r.age)
	case *corev1.Secret:
		return r.of(r.name, string(o.Type), int64(len(o.Data)), r.age)
	case *corev1.Event:
		return r.event(o)
	case *appsv1.Deployment:
		return r.deployment(o)
	case *appsv1.ReplicaSet:
		return r.replicaSet(o)
	case *appsv1.StatefulSet:
		return r.statefulSet(o)
	case *appsv1.ControllerRevision:
		return r.revision(o)
	case *batchv1.Job:
		return r.job(o)
	case *batchv1.CronJob:
		return r.cronJob(o)
	case *autoscalingv2.HorizontalPodAutoscaler:
		return r.autoscaler(o)
	case *discoveryv1.EndpointSlice:
		return r.of(r.name, string(o.AddressType), slicePorts(o.Ports), sliceAddresses(o.Endpoints), r.age)
	case *networkingv1.Ingress:
		return r.ingress(o)
	case *networkingv1.IngressClass:
		return r.ingressClass(o)
	case *networkingv1.NetworkPolicy:
		return r.of(r.name, metav1.FormatLabelSelector(&o.Spec.PodSelector), r.age)
	case *policyv1.PodDisruptionBudget:
		return r.budget(o)
	case *storagev1.StorageClass:
		return r.storageClass(o)
	}
	return r.of(r.name, r.age)
}

// row is what the rows of all kinds need.
type row struct {
	name, age string
	now       time.Time
}

func (r row) of(cells ...any) metav1.TableRow { return metav1.TableRow{Cells: cells} }

func (r row) since(t metav1.Time) string { return since(r.now, t.Time) }

func since(now, t time.Time) string {
	if t.IsZero() {
		return "<unknown>"
	}
	return duration.HumanDuration(now.Sub(t))
}

// or is the value, or what stands for a missing one.
func or[T ~string](v T, missing string) string {
	if v == "" {
		return missing
	}
	return string(v)
}

// some is what the pointer points at, or what stands for nothing.
func some[T ~string](v *T, missing string) string {
	if v == nil {
		return missing
	}
	return string(*v)
}

func count(n *int32) int32 {
	if n == nil {
		return 0
	}
	return *n
}

func containers(list []corev1.Container) (names, images string) {
	var n, i []string
	for _, c := range list {
		n, i = append(n, c.Name), append(i, c.Image)
	}
	return strings.Join(n, ","), strings.Join(i, ",")
}
