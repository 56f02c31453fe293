package deliver

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
)

// change is what a watch saw: one object that is there or gone, or (all) everything that is there now.
type change struct {
	watching
	all     bool
	objects []*unstructured.Unstructured
	gone    bool
}

// watching is a resource in a namespace (empty: of all, or of none).
type watching struct {
	resource  schema.GroupVersionResource
	namespace string
}

// pause is how long a broken watch rests before it is tried again.
const pause = 200 * time.Millisecond

// follow lists a resource in a namespace and then tells every change, until ctx ends. It outlives an API server that
// goes away and comes back: what happened meanwhile is in the next list.
func (t *Target) follow(ctx context.Context, what watching, out chan<- change) {
	client := t.dynamic.Resource(what.resource).Namespace(what.namespace)
	for ctx.Err() == nil {
		list, err := client.List(ctx, metav1.ListOptions{})
		if err == nil {
			objects := make([]*unstructured.Unstructured, len(list.Items))
			for i := range list.Items {
				objects[i] = &list.Items[i]
			}
			put(ctx, out, change{watching: what, all: true, objects: objects})
			version := list.GetResourceVersion()
			for version != "" && ctx.Err() == nil {
				var w watch.Interface
				if w, err = client.Watch(ctx, metav1.ListOptions{ResourceVersion: version, AllowWatchBookmarks: true}); err != nil {
					break
				}
				version, err = drain(ctx, what, w, version, out)
				w.Stop()
			}
		}
		if err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}
}

// drain forwards one watch until it ends; it returns the version to go on from, or an error when a new list is needed.
func drain(ctx context.Context, what watching, w watch.Interface, version string, out chan<- change) (string, error) {
	for {
		select {
		case <-ctx.Done():
			return version, nil
		case e, ok := <-w.ResultChan():
			if !ok {
				return version, nil
			}
			u, ok := e.Object.(*unstructured.Unstructured)
			if !ok || e.Type == watch.Error {
				return "", apierrors.FromObject(e.Object)
			}
			version = u.GetResourceVersion()
			if e.Type != watch.Bookmark {
				put(ctx, out, change{watching: what, objects: []*unstructured.Unstructured{u}, gone: e.Type == watch.Deleted})
			}
		}
	}
}

func put(ctx context.Context, out chan<- change, c change) {
	select {
	case out <- c:
	case <-ctx.Done():
	}
}
