package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// ErrNoApplication says that nothing of an application is there.
var ErrNoApplication = errors.New("nothing of it is running")

// DeleteOptions change how an application is deleted.
type DeleteOptions struct {
	Volumes bool          // delete its claims and their data too
	Timeout time.Duration // 0 means none
	Report  func(Event)
}

// Delete ends an application: what lets users in first, then the workloads, dependents before what they depend on,
// then the rest. Claims stay unless asked for. The namespace goes when Slipway made it and nothing is left in it. It
// returns when everything is gone. What Slipway did not make is not touched.
func (t *Target) Delete(ctx context.Context, app, namespace string, opts DeleteOptions) (*ChangeSet, error) {
	if opts.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, opts.Timeout, fmt.Errorf("not gone after %s", opts.Timeout))
		defer cancel()
	}
	d := &deletion{Target: t, app: app, namespace: namespace, opts: opts, done: &ChangeSet{}}
	d.opts.Report = oneAtATime(opts.Report)
	if err := d.find(ctx); err != nil {
		return d.done, err
	}
	for _, step := range []func(context.Context) error{d.objects, d.claimsAndInventory, d.space} {
		if err := step(ctx); err != nil {
			return d.done, err
		}
	}
	return d.done, nil
}

type deletion struct {
	*Target
	app, namespace string
	opts           DeleteOptions
	live           []*unstructured.Unstructured // of the application, claims apart
	claims         []*unstructured.Unstructured
	space0         *unstructured.Unstructured // its namespace, if Slipway made it
	done           *ChangeSet
}

// objects deletes everything but claims, step by step, and waits for each step.
func (d *deletion) objects(ctx context.Context) error {
	levels := levelsOf(d.live)
	for _, s := range []stage{stageRoutes, stageRun, stageBase, stageScope} {
		highest := 0
		byLevel := map[int][]*unstructured.Unstructured{}
		for _, u := range d.live {
			if _, k, err := d.resources.of(u.GroupVersionKind()); err == nil && k.stage == s {
				l := levels[refOf(u).key()]
				byLevel[l] = append(byLevel[l], u)
				highest = max(highest, l)
			}
		}
		for l := highest; l >= 0; l-- {
			if err := d.end(ctx, byLevel[l]); err != nil {
				return err
			}
		}
	}
	return nil
}

// end deletes objects, with what they own before them, and waits until they are gone.
func (d *deletion) end(ctx context.Context, objects []*unstructured.Unstructured) error {
	if len(objects) == 0 {
		return nil
	}
	refs := make([]Ref, len(objects))
	for i, u := range objects {
		refs[i] = refOf(u)
	}
	err := each(ctx, objects, func(ctx context.Context, u *unstructured.Unstructured) error {
		return d.remove(ctx, refOf(u), u.GetUID(), metav1.DeletePropagationForeground)
	})
	if err != nil {
		return err
	}
	told, ending := map[Ref]bool{}, map[Ref]bool{}
	tellGone := func(left []Ref) {
		for _, r := range refs {
			switch {
			case !slices.Contains(left, r) && !told[r]:
				told[r] = true
				d.done.add(r, Delete)
				tell(d.opts.Report, Event{Object: r, Action: Delete, Phase: Deleted})
			case slices.Contains(left, r) && !ending[r]:
				ending[r] = true
				tell(d.opts.Report, Event{Object: r, Action: Delete, Phase: Waiting, Message: "is ending"})
			}
		}
	}
	if err := d.untilGone(ctx, refs, tellGone); err != nil {
		return err
	}
	tellGone(nil)
	return nil
}

// claimsAndInventory deletes the claims if that is wanted; if not, the inventory remembers them for a later down.
func (d *deletion) claimsAndInventory(ctx context.Context) error {
	if !d.opts.Volumes && len(d.claims) > 0 {
		keep := inventory{}
		for _, c := range d.claims {
			keep[refOf(c)] = true
		}
		there, _, err := d.inventory(ctx, d.app, d.namespace)
		if err != nil {
			return err
		}
		return d.save(ctx, d.app, d.namespace, keep, there)
	}
	var volumes []Ref
	for _, c := range d.claims {
		name, _, _ := unstructured.NestedString(c.Object, "spec", "volumeName")
		pv, err := d.get(ctx, Ref{coreKind("PersistentVolume"), "", name})
		if name == "" || err != nil || pv == nil {
			continue
		}
		if policy, _, _ := unstructured.NestedString(pv.Object, "spec", "persistentVolumeReclaimPolicy"); policy == "Delete" {
			volumes = append(volumes, refOf(pv))
		}
	}
	if err := d.end(ctx, d.claims); err != nil {
		return err
	}
	if err := d.untilGone(ctx, volumes, nil); err != nil {
		return err
	}
	return d.remove(ctx, inventoryRef(d.app, d.namespace), "", metav1.DeletePropagationBackground)
}

// levelsOf is how many objects have to be there before each, by slipway.dev/after; a circle ends where it began.
func levelsOf(live []*unstructured.Unstructured) map[Ref]int {
	levels := map[Ref]int{}
	visiting := map[Ref]bool{}
	byRef := map[Ref]*unstructured.Unstructured{}
	for _, u := range live {
		byRef[refOf(u).key()] = u
	}
	var level func(u *unstructured.Unstructured) int
	level = func(u *unstructured.Unstructured) int {
		r := refOf(u).key()
		if n, known := levels[r]; known || visiting[r] {
			return n
		}
		visiting[r] = true
		n := 0
		for _, dep := range live {
			if dep.GetNamespace() == u.GetNamespace() && slices.Contains(after(u), refOf(dep).short()) {
				n = max(n, level(dep)+1)
			}
		}
		levels[r] = n
		return n
	}
	for _, u := range live {
		level(u)
	}
	return levels
}
