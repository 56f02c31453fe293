package statefulset

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"sort"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/rand"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

// patch is the form in which Kubernetes, and kubectl rollout undo, keep a template in a ControllerRevision.
type patch struct {
	Spec struct {
		Template struct {
			corev1.PodTemplateSpec
			Patch string `json:"$patch"`
		} `json:"template"`
	} `json:"spec"`
}

func encode(t *corev1.PodTemplateSpec) ([]byte, error) {
	var p patch
	p.Spec.Template.PodTemplateSpec, p.Spec.Template.Patch = *t, "replace"
	return json.Marshal(p)
}

func decode(r *appsv1.ControllerRevision) (corev1.PodTemplateSpec, error) {
	var p patch
	if err := json.Unmarshal(r.Data.Raw, &p); err != nil {
		return p.Spec.Template.PodTemplateSpec, fmt.Errorf("controllerrevision %s/%s: %w", r.Namespace, r.Name, err)
	}
	return p.Spec.Template.PodTemplateSpec, nil
}

// revisions finds or makes the revision of the present template, and that which the pods had before it.
func (l *look) revisions(sel labels.Selector) error {
	var err error
	l.history, err = pods.Claim(l.ctx, l.Store, l.set, gvk, sel, store.List[*appsv1.ControllerRevision](l.Store, l.set.Namespace, nil), nil, nil)
	if err != nil {
		return err
	}
	sort.SliceStable(l.history, func(i, j int) bool {
		a, b := l.history[i], l.history[j]
		if a.Revision == b.Revision {
			return a.Name < b.Name
		}
		return a.Revision < b.Revision
	})
	next := int64(1)
	for i, r := range l.history {
		next = r.Revision + 1
		if t, err := decode(r); err == nil && equality.Semantic.DeepEqual(t, l.set.Spec.Template) {
			l.update = l.history[i]
		}
	}
	switch {
	case l.update == nil && l.set.DeletionTimestamp != nil:
		// They go with the set: one made anew would keep it, and the garbage collector, from coming to an end.
		l.update = &appsv1.ControllerRevision{ObjectMeta: metav1.ObjectMeta{Name: l.set.Status.UpdateRevision}}
		l.current = &appsv1.ControllerRevision{ObjectMeta: metav1.ObjectMeta{Name: l.set.Status.CurrentRevision}}
		return nil
	case l.update == nil:
		if l.update, err = l.newRevision(next); err != nil {
			return err
		}
		l.history = append(l.history, l.update)
	case l.update.Revision != next-1: // a rollback: its template is the newest again
		r := l.update.DeepCopy()
		r.Revision = next
		if l.update, err = loop.Update(l.ctx, l.Store, r); err != nil {
			return err
		}
	}
	l.current = l.update
	for _, r := range l.history {
		if r.Name == l.set.Status.CurrentRevision {
			l.current = r
		}
	}
	l.previous, err = decode(l.current)
	return err
}

func (l *look) newRevision(number int64) (*appsv1.ControllerRevision, error) {
	raw, err := encode(&l.set.Spec.Template)
	if err != nil {
		return nil, err
	}
	h := fnv.New32a()
	h.Write(raw)
	if n := l.set.Status.CollisionCount; n != nil && *n > 0 {
		fmt.Fprint(h, *n)
	}
	hash := rand.SafeEncodeString(strconv.FormatUint(uint64(h.Sum32()), 10))
	labelled := maps.Clone(l.set.Spec.Template.Labels)
	if labelled == nil {
		labelled = map[string]string{}
	}
	labelled["controller.kubernetes.io/hash"] = hash
	made, err := loop.Create(l.ctx, l.Store, &appsv1.ControllerRevision{
		ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("%.223s-%s", l.set.Name, hash), Namespace: l.set.Namespace, Labels: labelled, Annotations: maps.Clone(l.set.Annotations),
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(l.set, gvk)},
		},
		Data:     runtime.RawExtension{Raw: raw},
		Revision: number,
	})
	if apierrors.IsAlreadyExists(err) { // owned and equal would have been found: another template has this hash
		n := int32(1)
		if c := l.set.Status.CollisionCount; c != nil {
			n += *c
		}
		l.set.Status.CollisionCount = &n
	}
	return made, err
}

// forget deletes revisions that no pod has, beyond revisionHistoryLimit, the oldest first.
func (l *look) forget() error {
	limit := l.set.Spec.RevisionHistoryLimit
	if limit == nil || *limit < 0 {
		return nil
	}
	live := map[string]bool{l.current.Name: true, l.update.Name: true}
	for _, p := range l.pods {
		live[revisionOf(p)] = true
	}
	var old []*appsv1.ControllerRevision
	for _, r := range l.history {
		if !live[r.Name] {
			old = append(old, r)
		}
	}
	for _, r := range old[:max(len(old)-int(*limit), 0)] {
		if err := loop.Delete(l.ctx, l.Store, r, metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	return nil
}
