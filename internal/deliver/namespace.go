package deliver

import (
	"context"
	"errors"
	"fmt"
	"sort"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-sh/slipway/internal/objects"
)

// namespaces creates those that the objects need and that are not there, because nothing can be dry-run in a
// namespace that does not exist. It waits for one that is being deleted.
func (t *Target) namespaces(ctx context.Context, p *Plan, items []*item, report func(Event)) error {
	wanted := map[string]*unstructured.Unstructured{}
	for _, it := range items {
		if it.kind.namespaced && wanted[it.ref.Namespace] == nil {
			wanted[it.ref.Namespace] = t.bareNamespace(p.App, it.ref.Namespace)
		}
	}
	for _, it := range items {
		if it.ref.Kind == "Namespace" && it.ref.Group == "" {
			wanted[it.ref.Name] = it.object
		}
	}
	names := make([]string, 0, len(wanted))
	for name := range wanted {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		ref := Ref{coreKind("Namespace"), "", name}
		live, err := t.get(ctx, ref)
		if err != nil {
			return err
		}
		if live != nil && live.GetDeletionTimestamp() != nil {
			tell(report, Event{Object: ref, Phase: Waiting, Message: "is being deleted, waiting until it is gone"})
			if err := t.untilGone(ctx, []Ref{ref}, nil); err != nil {
				return fmt.Errorf("%s: is being deleted and does not go: %w", ref, err)
			}
			live = nil
		}
		if live != nil {
			continue
		}
		if _, err := t.apply(ctx, ref, wanted[name]); err != nil {
			return fmt.Errorf("%s: %w", ref, err)
		}
		p.made = append(p.made, name)
	}
	return nil
}

func (t *Target) bareNamespace(app, name string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(coreKind("Namespace"))
	u.SetName(name)
	u.SetLabels(map[string]string{objects.LabelPartOf: app, objects.LabelManagedBy: Manager})
	return u
}

// Discard takes back what planning had to do: the namespaces that it created.
func (t *Target) Discard(ctx context.Context, p *Plan) error {
	var errs []error
	for _, name := range p.made {
		errs = append(errs, t.remove(ctx, Ref{coreKind("Namespace"), "", name}, "", metav1.DeletePropagationBackground))
	}
	p.made = nil
	return errors.Join(errs...)
}
