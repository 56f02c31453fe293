package api

import (
	"fmt"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// fieldsOf is what a field selector can ask of an object. See
// https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
func fieldsOf(obj store.Object) fields.Set {
	set := fields.Set{"metadata.name": obj.GetName()}
	if obj.GetNamespace() != "" || store.KindOf(obj).Namespaced {
		set["metadata.namespace"] = obj.GetNamespace()
	}
	switch o := obj.(type) {
	case *corev1.Pod:
		set["spec.nodeName"] = o.Spec.NodeName
		set["spec.restartPolicy"] = string(o.Spec.RestartPolicy)
		set["spec.schedulerName"] = o.Spec.SchedulerName
		set["spec.serviceAccountName"] = o.Spec.ServiceAccountName
		set["spec.hostNetwork"] = strconv.FormatBool(o.Spec.HostNetwork)
		set["status.phase"] = string(o.Status.Phase)
		set["status.podIP"] = o.Status.PodIP
		set["status.nominatedNodeName"] = o.Status.NominatedNodeName
		var ips []string
		for _, ip := range o.Status.PodIPs {
			ips = append(ips, ip.IP)
		}
		set["status.podIPs"] = strings.Join(ips, ",")
	case *corev1.Node:
		set["spec.unschedulable"] = strconv.FormatBool(o.Spec.Unschedulable)
	case *corev1.Namespace:
		set["status.phase"] = string(o.Status.Phase)
	case *corev1.Secret:
		set["type"] = string(o.Type)
	case *corev1.Service:
		set["spec.clusterIP"] = o.Spec.ClusterIP
		set["spec.type"] = string(o.Spec.Type)
	case *appsv1.ReplicaSet:
		set["status.replicas"] = strconv.Itoa(int(o.Status.Replicas))
	case *batchv1.Job:
		set["status.successful"] = strconv.Itoa(int(o.Status.Succeeded))
	case *corev1.Event:
		ref := o.InvolvedObject
		set["involvedObject.kind"] = ref.Kind
		set["involvedObject.namespace"] = ref.Namespace
		set["involvedObject.name"] = ref.Name
		set["involvedObject.uid"] = string(ref.UID)
		set["involvedObject.apiVersion"] = ref.APIVersion
		set["involvedObject.resourceVersion"] = ref.ResourceVersion
		set["involvedObject.fieldPath"] = ref.FieldPath
		set["reason"] = o.Reason
		set["reportingComponent"] = o.ReportingController
		set["source"] = o.Source.Component
		if o.Source.Component == "" {
			set["source"] = o.ReportingController
		}
		set["type"] = o.Type
	}
	return set
}

// checkFields refuses a field that objects of the kind cannot be selected by.
func checkFields(k *store.Kind, sel fields.Selector) error {
	known := fieldsOf(k.New())
	for _, r := range sel.Requirements() {
		if _, ok := known[r.Field]; !ok {
			return apierrors.NewBadRequest(fmt.Sprintf("field label not supported for %s: %s", k.Resource, r.Field))
		}
	}
	return nil
}
