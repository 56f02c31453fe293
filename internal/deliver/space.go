package deliver

import (
	"context"
	"fmt"
	"slices"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
)

// space deletes the application's namespace if Slipway made it and nothing of others, and no data, is in it.
func (d *deletion) space(ctx context.Context) error {
	if d.space0 == nil || (!d.opts.Volumes && len(d.claims) > 0) {
		return nil
	}
	others, err := d.others(ctx)
	if err != nil {
		return err
	}
	if len(others) > 0 {
		tell(d.opts.Report, Event{Object: refOf(d.space0), Phase: Applied, Action: Unchanged,
			Message: "kept, others have something in it: " + others[0].String()})
		return nil
	}
	return d.end(ctx, []*unstructured.Unstructured{d.space0})
}

// made are resources whose objects the control plane makes by itself.
var made = []string{"events", "endpoints", "endpointslices", "leases", "controllerrevisions", "replicasets"}

// others are the objects left in the namespace that neither Slipway nor the control plane made.
func (d *deletion) others(ctx context.Context) ([]Ref, error) {
	lists, err := discovery.ServerPreferredNamespacedResources(d.discovery)
	if err != nil && len(lists) == 0 {
		return nil, fmt.Errorf("ask the API for its kinds: %w", err)
	}
	var resources []schema.GroupVersionResource
	for _, l := range lists {
		gv, err := schema.ParseGroupVersion(l.GroupVersion)
		if err != nil || gv.Group == "metrics.k8s.io" {
			continue
		}
		for _, r := range l.APIResources {
			if slices.Contains(r.Verbs, "list") && slices.Contains(r.Verbs, "delete") && !slices.Contains(made, r.Name) {
				resources = append(resources, gv.WithResource(r.Name))
			}
		}
	}
	var mu sync.Mutex
	var found []Ref
	err = each(ctx, resources, func(ctx context.Context, gvr schema.GroupVersionResource) error {
		list, err := d.dynamic.Resource(gvr).Namespace(d.namespace).List(ctx, metav1.ListOptions{Limit: 50})
		if isGone(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s in namespace %s: %w", gvr.Resource, d.namespace, err)
		}
		for i := range list.Items {
			u := &list.Items[i]
			if u.GetDeletionTimestamp() == nil && metav1.GetControllerOf(u) == nil && !byControlPlane(u) {
				mu.Lock()
				found = append(found, refOf(u))
				mu.Unlock()
			}
		}
		return nil
	})
	return found, err
}

func byControlPlane(u *unstructured.Unstructured) bool {
	return u.GetKind() == "ConfigMap" && u.GetName() == "kube-root-ca.crt" ||
		u.GetKind() == "ServiceAccount" && u.GetName() == "default" ||
		u.GetKind() == "Secret" && u.Object["type"] == "kubernetes.io/service-account-token"
}
