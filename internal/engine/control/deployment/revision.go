package deployment

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"sort"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"

	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

// Annotations by which Kubernetes keeps the history of a Deployment.
const (
	revisionAnnotation = "deployment.kubernetes.io/revision"
	historyAnnotation  = "deployment.kubernetes.io/revision-history"
	desiredAnnotation  = "deployment.kubernetes.io/desired-replicas"
	maximumAnnotation  = "deployment.kubernetes.io/max-replicas"
	historyLength      = 2000 // characters of historyAnnotation
	nameLength         = 253
)

var notCopied = map[string]bool{
	corev1.LastAppliedConfigAnnotation: true,
	revisionAnnotation:                 true,
	historyAnnotation:                  true,
	desiredAnnotation:                  true,
	maximumAnnotation:                  true,
	appsv1.DeprecatedRollbackTo:        true,
}

// sort tells the ReplicaSet of the present template, the oldest if there are several, from the others.
func (r *rollout) sort(owned []*appsv1.ReplicaSet) {
	sort.SliceStable(owned, func(i, j int) bool { return older(owned[i], owned[j]) })
	for _, rs := range owned {
		if r.current == nil && sameTemplate(&rs.Spec.Template, &r.d.Spec.Template) {
			r.current = rs
		} else {
			r.old = append(r.old, rs)
		}
	}
}

func older(a, b *appsv1.ReplicaSet) bool {
	if a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.Name < b.Name
	}
	return a.CreationTimestamp.Before(&b.CreationTimestamp)
}

func sameTemplate(a, b *corev1.PodTemplateSpec) bool {
	a, b = a.DeepCopy(), b.DeepCopy()
	delete(a.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	delete(b.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	return equality.Semantic.DeepEqual(a, b)
}

func revision(obj metav1.Object) int64 {
	v, err := strconv.ParseInt(obj.GetAnnotations()[revisionAnnotation], 10, 64)
	if err != nil {
		return 0
	}
	return v
}

// next is the revision after that of all old ReplicaSets.
func (r *rollout) next() int64 {
	var newest int64
	for _, rs := range r.old {
		newest = max(newest, revision(rs))
	}
	return newest + 1
}

// annotate brings the annotations of the current ReplicaSet up to the Deployment's, and its revision to the newest.
func (r *rollout) annotate(rs *appsv1.ReplicaSet, next int64) {
	if rs.Annotations == nil {
		rs.Annotations = map[string]string{}
	}
	for k, v := range r.d.Annotations {
		if !notCopied[k] {
			rs.Annotations[k] = v
		}
	}
	before, had := rs.Annotations[revisionAnnotation]
	if revision(rs) >= next {
		return
	}
	rs.Annotations[revisionAnnotation] = strconv.FormatInt(next, 10)
	if !had {
		return
	}
	past := append(strings.FieldsFunc(rs.Annotations[historyAnnotation], func(c rune) bool { return c == ',' }), before)
	for len(strings.Join(past, ",")) > historyLength {
		past = past[1:]
	}
	rs.Annotations[historyAnnotation] = strings.Join(past, ",")
}

// syncRevision makes the current ReplicaSet the newest revision: a rollback brings an old one back to the front.
func (r *rollout) syncRevision() error {
	rs := r.current.DeepCopy()
	r.annotate(rs, r.next())
	rs.Spec.MinReadySeconds = r.d.Spec.MinReadySeconds
	if !equality.Semantic.DeepEqual(rs, r.current) {
		saved, err := loop.Update(r.ctx, r.Store, rs)
		if err != nil {
			return err
		}
		r.current = saved
	}
	// A rollout that begins is noted together with its revision, also if the engine died after it made the ReplicaSet.
	if r.d.Annotations[revisionAnnotation] != r.current.Annotations[revisionAnnotation] {
		remove(&r.d.Status, appsv1.DeploymentProgressing)
	}
	r.noteRevision()
	if condition(&r.d.Status, appsv1.DeploymentProgressing) == nil {
		r.progress(corev1.ConditionTrue, "FoundNewReplicaSet", fmt.Sprintf("Found new replica set %q", r.current.Name))
	}
	return nil
}

func (r *rollout) noteRevision() {
	if r.d.Annotations == nil {
		r.d.Annotations = map[string]string{}
	}
	r.d.Annotations[revisionAnnotation] = r.current.Annotations[revisionAnnotation]
}

// create makes the ReplicaSet of the present template, as large as maxSurge allows.
func (r *rollout) create() error {
	template := *r.d.Spec.Template.DeepCopy()
	hash := templateHash(&template, r.d.Status.CollisionCount)
	template.Labels = withLabel(template.Labels, hash)
	selector := r.d.Spec.Selector.DeepCopy()
	selector.MatchLabels = withLabel(selector.MatchLabels, hash)
	name := r.d.Name
	if cut := nameLength - len(hash) - 1; len(name) > cut {
		name = name[:cut]
	}
	size := r.allowed(0)
	rs := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Name: name + "-" + hash, Namespace: r.d.Namespace, Labels: maps.Clone(template.Labels),
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(r.d, gvk)},
		},
		Spec: appsv1.ReplicaSetSpec{Replicas: &size, MinReadySeconds: r.d.Spec.MinReadySeconds, Selector: selector, Template: template},
	}
	r.annotate(rs, r.next())
	r.noteSize(rs)
	made, err := loop.Create(r.ctx, r.Store, rs)
	switch {
	case apierrors.IsAlreadyExists(err):
		// Owned and equal would have been found: another template has this hash.
		var count int32
		if r.d.Status.CollisionCount != nil {
			count = *r.d.Status.CollisionCount
		}
		count++
		r.d.Status.CollisionCount = &count
		return err
	case err != nil:
		if !apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) && r.ctx.Err() == nil {
			msg := fmt.Sprintf("Failed to create new replica set %q: %v", rs.Name, err)
			r.progress(corev1.ConditionFalse, "ReplicaSetCreateError", msg)
			r.events.Event(r.d, corev1.EventTypeWarning, "ReplicaSetCreateError", "%s", msg)
		}
		return err
	}
	r.current = made
	r.noteRevision()
	if size > 0 {
		r.scaled = true
		r.events.Event(r.d, corev1.EventTypeNormal, "ScalingReplicaSet", "Scaled up replica set %s from 0 to %d", made.Name, size)
	}
	r.progress(corev1.ConditionTrue, "NewReplicaSetCreated", fmt.Sprintf("Created new replica set %q", made.Name))
	return nil
}

// forget deletes old ReplicaSets beyond revisionHistoryLimit, the oldest revisions first.
func (r *rollout) forget() error {
	limit := r.d.Spec.RevisionHistoryLimit
	if limit == nil {
		return nil
	}
	var alive []*appsv1.ReplicaSet
	for _, rs := range r.old {
		if rs.DeletionTimestamp == nil {
			alive = append(alive, rs)
		}
	}
	sort.SliceStable(alive, func(i, j int) bool { return revision(alive[i]) < revision(alive[j]) })
	for _, rs := range alive[:max(len(alive)-int(*limit), 0)] {
		if rs.Status.Replicas != 0 || *rs.Spec.Replicas != 0 || rs.Generation > rs.Status.ObservedGeneration {
			continue
		}
		if err := loop.Delete(r.ctx, r.Store, rs, metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	return nil
}

func withLabel(l map[string]string, hash string) map[string]string {
	out := maps.Clone(l)
	if out == nil {
		out = map[string]string{}
	}
	out[appsv1.DefaultDeploymentUniqueLabelKey] = hash
	return out
}

// templateHash depends on the template's JSON and on how often that hash met another template.
func templateHash(t *corev1.PodTemplateSpec, collisions *int32) string {
	h := fnv.New32a()
	if err := json.NewEncoder(h).Encode(t); err != nil {
		panic(err) // API types are always encodable
	}
	if collisions != nil {
		fmt.Fprint(h, *collisions)
	}
	return rand.SafeEncodeString(strconv.FormatUint(uint64(h.Sum32()), 10))
}
