package support

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Check returns the fields of a valid object that the engine does not carry.
func Check(obj runtime.Object) field.ErrorList {
	var errs field.ErrorList
	if pod, ok := obj.(*corev1.Pod); ok && pod.Spec.HostPID {
		errs = append(errs, field.Forbidden(field.NewPath("spec", "hostPID"), "not carried by this engine"))
	}
	return errs
}

// Warnings returns what is accepted and has no effect on one machine.
func Warnings(obj runtime.Object) []string { return nil }
