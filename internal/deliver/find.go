package deliver

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-sh/slipway/internal/objects"
)

// find collects what is there of an application: what the inventory lists and what carries its labels.
func (d *deletion) find(ctx context.Context) error {
	inv, known, err := d.inventory(ctx, d.app, d.namespace)
	if err != nil {
		return err
	}
	p := &Plan{App: d.app, inventory: inv}
	found := map[Ref]*unstructured.Unstructured{}
	var mu sync.Mutex
	add := func(u *unstructured.Unstructured) {
		mu.Lock()
		defer mu.Unlock()
		found[refOf(u).key()] = u
	}
	listed := make([]Ref, 0, len(inv))
	for r := range inv {
		listed = append(listed, r)
	}
	listed = append(listed, Ref{coreKind("Namespace"), "", d.namespace})
	err = each(ctx, listed, func(ctx context.Context, r Ref) error {
		u, err := d.get(ctx, r)
		if u != nil && p.ours(u) {
			add(u)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := d.labelled(ctx, add); err != nil {
		return err
	}
	delete(found, inventoryRef(d.app, d.namespace).key())
	for _, u := range found {
		switch {
		case u.GetKind() == "Namespace":
			if u.GetName() == d.namespace {
				d.space0 = u
			}
		case u.GetKind() == "PersistentVolumeClaim":
			d.claims = append(d.claims, u)
		case u.GetKind() == "PersistentVolume" && !d.opts.Volumes:
		default:
			d.live = append(d.live, u)
		}
	}
	if err := d.templateClaims(ctx); err != nil {
		return err
	}
	if !known && len(d.live) == 0 && len(d.claims) == 0 && d.space0 == nil {
		return fmt.Errorf("application %s in namespace %s: %w; see slipway ps --all for what is", d.app, d.namespace, ErrNoApplication)
	}
	return nil
}

// labelled finds objects of the usual kinds by their labels, in case the inventory was lost.
func (d *deletion) labelled(ctx context.Context, add func(*unstructured.Unstructured)) error {
	var namespaced []schema.GroupKind
	for gk, k := range kinds {
		if k.namespaced {
			namespaced = append(namespaced, gk)
		}
	}
	selector := objects.LabelPartOf + "=" + d.app + "," + objects.LabelManagedBy + "=" + Manager
	return each(ctx, namespaced, func(ctx context.Context, gk schema.GroupKind) error {
		version := "v1"
		if gk.Group == "autoscaling" {
			version = "v2"
		}
		gvr := schema.GroupVersionResource{Group: gk.Group, Version: version, Resource: kinds[gk].resource}
		list, err := d.dynamic.Resource(gvr).Namespace(d.namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
		if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
			return nil // not served here, or not ours to see
		}
		if err != nil {
			return fmt.Errorf("%s in namespace %s: %w", gvr.Resource, d.namespace, err)
		}
		for i := range list.Items {
			if u := &list.Items[i]; metav1.GetControllerOf(u) == nil {
				u.SetGroupVersionKind(gvr.GroupVersion().WithKind(gk.Kind))
				add(u)
			}
		}
		return nil
	})
}

// templateClaims finds the claims that StatefulSets made from their templates.
func (d *deletion) templateClaims(ctx context.Context) error {
	sets := slices.DeleteFunc(slices.Clone(d.live), func(u *unstructured.Unstructured) bool {
		templates, _, _ := unstructured.NestedSlice(u.Object, "spec", "volumeClaimTemplates")
		return len(templates) == 0
	})
	if len(sets) == 0 {
		return nil
	}
	gvr := schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumeclaims"}
	list, err := d.dynamic.Resource(gvr).Namespace(d.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("claims in namespace %s: %w", d.namespace, err)
	}
	known := map[Ref]bool{}
	for _, c := range d.claims {
		known[refOf(c).key()] = true
	}
	for i := range list.Items {
		u := &list.Items[i]
		u.SetGroupVersionKind(coreKind("PersistentVolumeClaim"))
		made := slices.ContainsFunc(sets, func(set *unstructured.Unstructured) bool { return fromTemplate(set, u.GetName()) })
		if made && !known[refOf(u).key()] {
			known[refOf(u).key()] = true
			d.claims = append(d.claims, u)
		}
	}
	return nil
}

// fromTemplate tells whether a claim of that name is one that a StatefulSet made: template, set and a number. Another
// set's name may begin like this one's, and its data are not to go with this one.
func fromTemplate(set *unstructured.Unstructured, claim string) bool {
	templates, _, _ := unstructured.NestedSlice(set.Object, "spec", "volumeClaimTemplates")
	return slices.ContainsFunc(templates, func(t any) bool {
		m, _ := t.(map[string]any)
		name, _, _ := unstructured.NestedString(m, "metadata", "name")
		number, ok := strings.CutPrefix(claim, name+"-"+set.GetName()+"-")
		_, err := strconv.ParseUint(number, 10, 31)
		return ok && err == nil
	})
}

// after reads slipway.dev/after of a live object.
func after(u *unstructured.Unstructured) []string {
	return strings.Split(u.GetAnnotations()[objects.AfterAnnotation], ",")
}
