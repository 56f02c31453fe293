package objects

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Template finds the pod template of a workload and the path of the field it is in; nil for kinds without one.
func Template(obj runtime.Object) (template *corev1.PodTemplateSpec, path string) {
	switch o := obj.(type) {
	case *appsv1.Deployment:
		return &o.Spec.Template, "spec.template"
	case *appsv1.StatefulSet:
		return &o.Spec.Template, "spec.template"
	case *appsv1.DaemonSet:
		return &o.Spec.Template, "spec.template"
	case *appsv1.ReplicaSet:
		return &o.Spec.Template, "spec.template"
	case *batchv1.Job:
		return &o.Spec.Template, "spec.template"
	case *batchv1.CronJob:
		return &o.Spec.JobTemplate.Spec.Template, "spec.jobTemplate.spec.template"
	case *corev1.ReplicationController:
		if o.Spec.Template != nil {
			return o.Spec.Template, "spec.template"
		}
	}
	return nil, ""
}

// PodSpec finds the pod of a workload or Pod and the path of the field it is in; nil for kinds without one.
func PodSpec(obj runtime.Object) (spec *corev1.PodSpec, path string) {
	if p, ok := obj.(*corev1.Pod); ok {
		return &p.Spec, "spec"
	}
	if t, path := Template(obj); t != nil {
		return &t.Spec, path + ".spec"
	}
	return nil, ""
}

// PodLabels are the labels of the pods that an object makes.
func PodLabels(obj runtime.Object) (map[string]string, bool) {
	if p, ok := obj.(*corev1.Pod); ok {
		return p.Labels, true
	}
	if t, _ := Template(obj); t != nil {
		return t.Labels, true
	}
	return nil, false
}

// EachContainer visits the init containers and the containers of a pod with the path of each.
func EachContainer(spec *corev1.PodSpec, path string, visit func(c *corev1.Container, path string)) {
	for i := range spec.InitContainers {
		visit(&spec.InitContainers[i], indexed(path+".initContainers", i))
	}
	for i := range spec.Containers {
		visit(&spec.Containers[i], indexed(path+".containers", i))
	}
}
