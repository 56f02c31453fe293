package support

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// MostPods is how many pods the one node of an engine runs at most.
const MostPods = 1000

// number refuses more pods of one object than will ever run here: a slip of the finger is not to fill the memory.
func number(obj runtime.Object) field.ErrorList {
	spec := field.NewPath("spec")
	var n *int32
	p := spec.Child("replicas")
	switch o := obj.(type) {
	case *appsv1.Deployment:
		n = o.Spec.Replicas
	case *appsv1.ReplicaSet:
		n = o.Spec.Replicas
	case *appsv1.StatefulSet:
		n = o.Spec.Replicas
	case *batchv1.Job:
		n, p = o.Spec.Parallelism, spec.Child("parallelism")
	case *batchv1.CronJob:
		n, p = o.Spec.JobTemplate.Spec.Parallelism, spec.Child("jobTemplate", "spec", "parallelism")
	}
	if n == nil || *n <= MostPods {
		return nil
	}
	return field.ErrorList{field.Invalid(p, *n, fmt.Sprintf("not carried by the engine: its one machine runs at most %d pods; ask for fewer, or use a cluster", MostPods))}
}
