package validate

import (
	"math/rand"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	nodev1 "k8s.io/api/node/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/randfill"

	"github.com/slipway-sh/slipway/internal/objects/defaults"
)

var kinds = []runtime.Object{
	&corev1.Namespace{}, &corev1.Node{}, &corev1.PersistentVolume{}, &corev1.PersistentVolumeClaim{}, &corev1.Pod{}, &corev1.Service{},
	&corev1.ConfigMap{}, &corev1.Secret{}, &corev1.ServiceAccount{}, &corev1.Event{}, &appsv1.Deployment{}, &appsv1.ReplicaSet{},
	&appsv1.StatefulSet{}, &appsv1.ControllerRevision{}, &batchv1.Job{}, &batchv1.CronJob{}, &autoscalingv2.HorizontalPodAutoscaler{},
	&discoveryv1.EndpointSlice{}, &networkingv1.Ingress{}, &networkingv1.IngressClass{}, &networkingv1.NetworkPolicy{},
	&policyv1.PodDisruptionBudget{}, &storagev1.StorageClass{}, &storagev1.VolumeAttributesClass{}, &storagev1.CSIDriver{},
	&storagev1.CSINode{}, &storagev1.CSIStorageCapacity{}, &appsv1.DaemonSet{}, &corev1.ReplicationController{}, &corev1.PodTemplate{},
	&corev1.ResourceQuota{}, &corev1.LimitRange{},
	&corev1.Endpoints{}, //nolint:staticcheck // people's files still have it
	&rbacv1.Role{}, &rbacv1.ClusterRole{}, &rbacv1.RoleBinding{}, &rbacv1.ClusterRoleBinding{},
	&schedulingv1.PriorityClass{}, &nodev1.RuntimeClass{}, &coordinationv1.Lease{},
	&admissionv1.ValidatingWebhookConfiguration{}, &admissionv1.MutatingWebhookConfiguration{},
}

// Any object that can be decoded may be sent to a server, in any state.
func FuzzNoObjectPanics(f *testing.F) {
	for seed := range int64(40) {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, seed int64) {
		fill := randfill.New().NilChance(.3).NumElements(0, 3).MaxDepth(16).RandSource(rand.NewSource(seed)).Funcs(
			func(e *runtime.RawExtension, c randfill.Continue) { e.Raw = []byte(c.String(0)) },
			func(q *resource.Quantity, c randfill.Continue) {
				*q = *resource.NewMilliQuantity(c.Int63()-c.Int63(), resource.BinarySI)
			},
		)
		for _, k := range kinds {
			obj, old := k.DeepCopyObject(), k.DeepCopyObject()
			fill.Fill(obj)
			fill.Fill(old)
			Create(obj.DeepCopyObject())
			Update(obj.DeepCopyObject(), old)
			defaults.Create(obj)
			Create(obj)
			defaults.Update(obj, old)
			Update(obj, old)
		}
	})
}
