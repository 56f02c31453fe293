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

// ErrForeign says that an object is there already and somebody else made it.
var ErrForeign = errors.New("exists already and was not made by Slipway for this application")

// PlanOptions change how a plan is made.
type PlanOptions struct {
	Adopt  bool // take over objects that somebody else made
	Report func(Event)
}

// Plan is what bringing an application to a target will do.
type Plan struct {
	App, Namespace string
	Operations     []*Operation // in order: by wave, then by stage within it
	Prunes         []*Operation // what earlier runs applied and nobody wants any more, in the order of deletion

	made      []string        // namespaces that planning had to create
	claims    map[string]bool // namespace/name of the claims that were there before
	inventory inventory       // of earlier runs
	fresh     bool            // there was no inventory
}

// Waves is how many waves the plan has.
func (p *Plan) Waves() int {
	n := 0
	for _, op := range p.Operations {
		n = max(n, op.Wave+1)
	}
	return n
}

// Changes tells whether executing the plan would change anything.
func (p *Plan) Changes() bool {
	for _, op := range p.Operations {
		if op.Action != Unchanged {
			return true
		}
	}
	return len(p.Prunes) > 0
}

// Plan compares what is desired with what is there. Every object goes through the API's own checks before any is
// changed; a namespace that is missing is created for that, and removed again if a check fails.
func (t *Target) Plan(ctx context.Context, app *objects.Application, opts PlanOptions) (p *Plan, err error) {
	items, err := t.items(app)
	if err != nil {
		return nil, err
	}
	if err := order(items, app.References()); err != nil {
		return nil, err
	}
	p = &Plan{App: app.Name, Namespace: app.Namespace, claims: map[string]bool{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Discard(context.WithoutCancel(ctx), p))
		}
	}()
	if err := t.namespaces(ctx, p, items, opts.Report); err != nil {
		return p, err
	}
	inv, exists, err := t.inventory(ctx, app.Name, app.Namespace)
	if err != nil {
		return p, err
	}
	p.inventory, p.fresh = inv, !exists
	if err := t.compare(ctx, p, items, app.References(), opts.Adopt); err != nil {
		return p, err
	}
	return p, t.planPrunes(ctx, p)
}

// items finds the kind of every object.
func (t *Target) items(app *objects.Application) ([]*item, error) {
	seen := map[Ref]*item{}
	items := make([]*item, 0, len(app.Objects))
	for _, o := range app.Objects {
		it, err := desire(o)
		if err != nil {
			return nil, err
		}
		if _, it.kind, err = t.resources.of(it.ref.GroupVersionKind); err != nil {
			return nil, fmt.Errorf("%s: %w", it.where(), err)
		}
		if it.kind.namespaced && it.ref.Namespace == "" {
			return nil, fmt.Errorf("%s: has no namespace", it.where())
		}
		if first := seen[it.ref.key()]; first != nil {
			return nil, fmt.Errorf("%s: is described twice, first in %s; give one of them another name", it.where(), first.source.Origin)
		}
		seen[it.ref.key()] = it
		items = append(items, it)
	}
	return items, nil
}

func (t *Target) compare(ctx context.Context, p *Plan, items []*item, refs []objects.Reference, adopt bool) error {
	scaled := autoscaled(refs)
	made := map[string]bool{}
	for _, ns := range p.made {
		made[ns] = true
	}
	p.Operations = make([]*Operation, len(items))
	index := make([]int, len(items))
	for i := range index {
		index[i] = i
	}
	refusals := make([]error, len(items))
	err := each(ctx, index, func(ctx context.Context, i int) error {
		it := items[i]
		op := &Operation{Object: it.ref, Wave: it.wave, source: it.source, kind: it.kind, want: it.object.DeepCopy()}
		p.Operations[i] = op
		fresh := made[it.ref.Namespace] || it.ref.Kind == "Namespace" && made[it.ref.Name]
		if !fresh { // nothing can be in a namespace made a moment ago
			live, err := t.get(ctx, it.ref)
			if err != nil {
				return err
			}
			op.live = live
		}
		refusals[i] = t.decide(ctx, p, op, scaled[it.source], adopt)
		return nil
	})
	if err != nil {
		return err
	}
	for _, err := range refusals {
		if insufficient(err) {
			return err // it is no object's fault: one says it for all
		}
	}
	if err := errors.Join(refusals...); err != nil {
		return err
	}
	return t.planClaims(ctx, p)
}

// decide finds the operation's action.
func (t *Target) decide(ctx context.Context, p *Plan, op *Operation, autoscaled, adopt bool) error {
	live := op.live
	if live != nil && !adopt && !p.ours(live) {
		if op.Object.Kind == "Namespace" {
			op.Action = Unchanged // somebody else's namespace is used as it is
			return nil
		}
		return fmt.Errorf("%s: %w; delete it, rename one of the two, or take it over with --adopt", op.where(), ErrForeign)
	}
	if live != nil && live.GetDeletionTimestamp() != nil {
		return fmt.Errorf("%s: is being deleted; try again when it is gone", op.where())
	}
	if live != nil && op.Object.Kind == "Job" {
		op.Action = actionOnJob(live)
		return nil
	}
	settleReplicas(op.want, live, autoscaled)
	dry, err := t.dryRun(ctx, op.Object, op.want)
	if err != nil {
		return refusal(op, err)
	}
	op.Action = Unchanged
	if live == nil {
		op.Action = Create
	} else if op.Changes = drift(live, dry); len(op.Changes) > 0 {
		op.Action = Configure
	}
	return nil
}

// planClaims notes the claims that are there already, where StatefulSets are going to make some.
func (t *Target) planClaims(ctx context.Context, p *Plan) error {
	done := map[string]bool{}
	for _, ns := range p.made {
		done[ns] = true
	}
	for _, op := range p.Operations {
		if op.Action != Create || op.Object.Kind != "StatefulSet" || done[op.Object.Namespace] {
			continue
		}
		done[op.Object.Namespace] = true
		claims, err := t.core.PersistentVolumeClaims(op.Object.Namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return fmt.Errorf("claims in namespace %s: %w", op.Object.Namespace, err)
		}
		for _, c := range claims.Items {
			p.claims[c.Namespace+"/"+c.Name] = true
		}
	}
	return nil
}

// actionOnJob: a Job's name carries a hash of what it does, so one that is there is this one. It runs once.
func actionOnJob(live *unstructured.Unstructured) Action {
	if condition(live, "Failed") {
		return Replace
	}
	return Unchanged
}

// ours tells whether this application made the object.
func (p *Plan) ours(live *unstructured.Unstructured) bool {
	l := live.GetLabels()
	return p.inventory[refOf(live)] || (l[objects.LabelManagedBy] == Manager && l[objects.LabelPartOf] == p.App)
}

// autoscaled are the workloads that an autoscaler targets.
func autoscaled(refs []objects.Reference) map[*objects.Object]bool {
	found := map[*objects.Object]bool{}
	for _, r := range refs {
		if r.From.Kind() == "HorizontalPodAutoscaler" && r.To != nil {
			found[r.To] = true
		}
	}
	return found
}

// planPrunes finds what earlier runs applied and is still there, but no longer wanted. Claims and namespaces hold
// what cannot be made again, so they stay.
func (t *Target) planPrunes(ctx context.Context, p *Plan) error {
	wanted := map[Ref]bool{}
	for _, op := range p.Operations {
		wanted[op.Object.key()] = true
	}
	var old []*Operation
	for ref := range p.inventory {
		if !wanted[ref.key()] && !keeps(ref) {
			old = append(old, &Operation{Action: Delete, Object: ref})
		}
	}
	err := each(ctx, old, func(ctx context.Context, op *Operation) error {
		live, err := t.get(ctx, op.Object)
		op.live = live
		return err
	})
	if err != nil {
		return err
	}
	for _, op := range old {
		if op.live != nil && p.ours(op.live) {
			_, op.kind, _ = t.resources.of(op.Object.GroupVersionKind)
			p.Prunes = append(p.Prunes, op)
		}
	}
	sort.Slice(p.Prunes, func(i, j int) bool {
		a, b := p.Prunes[i], p.Prunes[j]
		if a.kind.stage != b.kind.stage {
			return a.kind.stage > b.kind.stage
		}
		return formatRef(a.Object) < formatRef(b.Object)
	})
	return nil
}

// keeps tells whether objects of this kind are left where they are unless a person asks for their end.
func keeps(r Ref) bool {
	return r.Group == "" && (r.Kind == "PersistentVolumeClaim" || r.Kind == "PersistentVolume" || r.Kind == "Namespace")
}
