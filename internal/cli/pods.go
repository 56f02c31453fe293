package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/deliver"
	"github.com/slipway-sh/slipway/internal/objects"
)

// podsOf are the application's pods, of some services or all, by service and name.
func (c *cluster) podsOf(ctx context.Context, id identity, services []string) ([]corev1.Pod, error) {
	list, err := c.client.CoreV1().Pods(id.namespace).List(ctx, metav1.ListOptions{LabelSelector: id.selector(services)})
	if err != nil {
		return nil, fmt.Errorf("pods of %s: %w", id.name, err)
	}
	pods := list.Items
	slices.SortFunc(pods, func(a, b corev1.Pod) int {
		return cmp.Or(cmp.Compare(serviceOf(&a), serviceOf(&b)), a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	return pods, nil
}

// selector chooses what carries the application's labels, of some services or all.
func (id identity) selector(services []string) string {
	sel := objects.LabelPartOf + "=" + id.name
	if len(services) > 0 {
		sel += "," + objects.LabelName + " in (" + strings.Join(services, ",") + ")"
	}
	return sel
}

func serviceOf(o metav1.Object) string { return cmp.Or(o.GetLabels()[objects.LabelName], o.GetName()) }

// workload is one of the application's that makes pods.
type workload struct {
	deliver.Ref
	service string
	status  string
	want    int32
}

// workloads are what makes the application's pods, of some services or all.
func (c *cluster) workloads(ctx context.Context, id identity, services []string) ([]workload, error) {
	opts := metav1.ListOptions{LabelSelector: id.selector(services)}
	var found []workload
	add := func(o metav1.Object, group, kind string, want int32, status string) {
		ref := deliver.Ref{Namespace: o.GetNamespace(), Name: o.GetName()}
		ref.Group, ref.Version, ref.Kind = group, "v1", kind
		found = append(found, workload{ref, serviceOf(o), status, want})
	}
	deployments, err := c.client.AppsV1().Deployments(id.namespace).List(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("deployments of %s: %w", id.name, err)
	}
	for i := range deployments.Items {
		d := &deployments.Items[i]
		add(d, "apps", "Deployment", *cmp.Or(d.Spec.Replicas, new(int32)), fmt.Sprintf("%d/%d ready", d.Status.ReadyReplicas, *d.Spec.Replicas))
	}
	sets, err := c.client.AppsV1().StatefulSets(id.namespace).List(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("statefulsets of %s: %w", id.name, err)
	}
	for i := range sets.Items {
		d := &sets.Items[i]
		add(d, "apps", "StatefulSet", *cmp.Or(d.Spec.Replicas, new(int32)), fmt.Sprintf("%d/%d ready", d.Status.ReadyReplicas, *d.Spec.Replicas))
	}
	jobs, err := c.client.BatchV1().Jobs(id.namespace).List(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("jobs of %s: %w", id.name, err)
	}
	for i := range jobs.Items {
		j := &jobs.Items[i]
		status := "running"
		for _, cond := range j.Status.Conditions {
			if cond.Status == corev1.ConditionTrue && (cond.Type == "Complete" || cond.Type == "Failed") {
				status = strings.ToLower(string(cond.Type))
			}
		}
		add(j, "batch", "Job", 0, status)
	}
	slices.SortFunc(found, func(a, b workload) int {
		return cmp.Or(cmp.Compare(a.service, b.service), cmp.Compare(a.Name, b.Name))
	})
	return found, nil
}
