package store

import (
	"reflect"
	"sort"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/apimachinery/pkg/watch"
)

// Object is anything the store keeps: a typed Kubernetes object.
type Object interface {
	metav1.Object
	runtime.Object
}

// Key names an object among those of its kind; Namespace is empty for cluster-scoped kinds.
type Key struct{ Namespace, Name string }

// Event is one change of one object. Old is what it replaced; it is nil for Added. Object is the last state for
// Deleted, with the version of the deletion.
type Event struct {
	Type    watch.EventType
	Object  Object
	Old     Object
	Version uint64
}

// Store holds objects; see the package comment for its promises. Its methods may be called from any goroutine.
type Store struct {
	writes    sync.Mutex // one write at a time: admission, memory, file
	mu        sync.RWMutex
	version   uint64
	objects   map[*Kind]map[Key]Object
	history   map[*Kind][]Event
	expired   map[*Kind]uint64 // events up to this version are no longer in the history
	listeners map[*Kind]map[*queue]struct{}
	admission []Admission
	now       func() time.Time
}

// historyLength is how many changes of a kind a watch can be behind before it must list again.
const historyLength = 1000

// New returns an empty store in memory.
func New() *Store {
	s := &Store{
		objects:   map[*Kind]map[Key]Object{},
		history:   map[*Kind][]Event{},
		expired:   map[*Kind]uint64{},
		listeners: map[*Kind]map[*queue]struct{}{},
		now:       time.Now,
	}
	for _, k := range Kinds {
		s.objects[k] = map[Key]Object{}
		s.listeners[k] = map[*queue]struct{}{}
	}
	return s
}

// Version is the resource version of the newest change.
func (s *Store) Version() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.version
}

// Get returns the stored object, which the caller must not change, or a NotFound error.
func (s *Store) Get(k *Kind, key Key) (Object, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if obj, ok := s.objects[k][key]; ok {
		return obj, nil
	}
	return nil, apierrors.NewNotFound(k.GR(), key.Name)
}

// List returns the stored objects of a kind in a namespace ("" for all), sorted by namespace and name, and the
// version of the store they belong to. The caller must not change them.
func (s *Store) List(k *Kind, namespace string) ([]Object, uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []Object
	for key, obj := range s.objects[k] {
		if namespace == "" || key.Namespace == namespace {
			out = append(out, obj)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if a, b := out[i].GetNamespace(), out[j].GetNamespace(); a != b {
			return a < b
		}
		return out[i].GetName() < out[j].GetName()
	})
	return out, s.version
}

// Create stores a new object and returns it as stored. obj itself is not kept.
func (s *Store) Create(obj Object, opts ...Option) (Object, error) {
	o := collect(opts)
	k := KindOf(obj)
	obj = obj.DeepCopyObject().(Object)
	s.writes.Lock()
	defer s.writes.Unlock()
	if obj.GetName() == "" && obj.GetGenerateName() != "" {
		obj.SetName(obj.GetGenerateName() + rand.String(5))
	}
	obj.SetUID(uuid.NewUUID())
	obj.SetCreationTimestamp(metav1.NewTime(s.now().Truncate(time.Second)))
	obj.SetDeletionTimestamp(nil)
	obj.SetDeletionGracePeriodSeconds(nil)
	obj.SetGeneration(1)
	obj.SetResourceVersion("")
	obj.SetSelfLink("")
	setKind(obj, k)
	if err := s.admit(&Request{Operation: OpCreate, Kind: k, Object: obj, Options: o}); err != nil {
		return nil, err
	}
	key := Key{obj.GetNamespace(), obj.GetName()}
	if _, err := s.Get(k, key); err == nil {
		return nil, apierrors.NewAlreadyExists(k.GR(), key.Name)
	}
	if o.DryRun {
		return obj, nil
	}
	return s.commit(k, watch.Added, obj, nil, true)
}

// Update replaces everything but the status of a stored object. If obj carries a resource version that is not the
// stored one, the error is a Conflict. An update that changes nothing stores nothing.
func (s *Store) Update(obj Object, opts ...Option) (Object, error) {
	return s.update(obj, false, collect(opts))
}

// UpdateStatus replaces only the status of a stored object, with the same lock as Update.
func (s *Store) UpdateStatus(obj Object, opts ...Option) (Object, error) {
	return s.update(obj, true, collect(opts))
}

func (s *Store) update(obj Object, status bool, o Options) (Object, error) {
	k := KindOf(obj)
	s.writes.Lock()
	defer s.writes.Unlock()
	old, err := s.Get(k, Key{obj.GetNamespace(), obj.GetName()})
	if err != nil {
		return nil, err
	}
	if rv := obj.GetResourceVersion(); rv != "" && rv != old.GetResourceVersion() {
		return nil, apierrors.NewConflict(k.GR(), obj.GetName(), errChanged)
	}
	if uid := obj.GetUID(); uid != "" && uid != old.GetUID() {
		return nil, apierrors.NewConflict(k.GR(), obj.GetName(), errReplaced)
	}
	next := obj.DeepCopyObject().(Object)
	sub := ""
	if status {
		sub = "status"
		given := next
		next = old.DeepCopyObject().(Object)
		copyStatus(next, given)
		next.SetManagedFields(given.GetManagedFields())
	} else if k.HasStatus() && !o.KeepStatus {
		copyStatus(next, old)
	}
	keepMeta(next, old)
	setKind(next, k)
	if err := s.admit(&Request{Operation: OpUpdate, Kind: k, Object: next, Old: old, Subresource: sub, Options: o}); err != nil {
		return nil, err
	}
	if !status && specChanged(next, old) {
		next.SetGeneration(old.GetGeneration() + 1)
	}
	if equality.Semantic.DeepEqual(next, old) {
		return old, nil
	}
	if o.DryRun {
		return next, nil
	}
	if next.GetDeletionTimestamp() != nil && len(next.GetFinalizers()) == 0 && !waitsForNode(next) {
		return s.commit(k, watch.Deleted, next, old, true)
	}
	return s.commit(k, watch.Modified, next, old, !status)
}

// Delete begins the deletion of an object, or completes it: a pod that a node runs gets its deletion timestamp and
// goes when it is deleted again with a grace period of zero; an object with finalizers goes when the last is
// removed. It returns the last state, and whether the object is gone.
func (s *Store) Delete(k *Kind, key Key, opts metav1.DeleteOptions) (Object, bool, error) {
	s.writes.Lock()
	defer s.writes.Unlock()
	old, err := s.Get(k, key)
	if err != nil {
		return nil, false, err
	}
	if p := opts.Preconditions; p != nil {
		if p.UID != nil && *p.UID != old.GetUID() || p.ResourceVersion != nil && *p.ResourceVersion != old.GetResourceVersion() {
			return nil, false, apierrors.NewConflict(k.GR(), key.Name, errChanged)
		}
	}
	next := old.DeepCopyObject().(Object)
	o := Options{DryRun: len(opts.DryRun) > 0}
	if err := s.admit(&Request{Operation: OpDelete, Kind: k, Object: next, Old: old, Options: o}); err != nil {
		return nil, false, err
	}
	addPropagationFinalizer(next, opts)
	grace := gracePeriod(next, opts)
	now := s.now()
	if at := next.GetDeletionTimestamp(); at == nil {
		t := metav1.NewTime(now.Add(time.Duration(grace) * time.Second).Truncate(time.Second))
		next.SetDeletionTimestamp(&t)
		next.SetDeletionGracePeriodSeconds(&grace)
		if next.GetGeneration() > 0 {
			next.SetGeneration(next.GetGeneration() + 1)
		}
	} else if g := next.GetDeletionGracePeriodSeconds(); g == nil || grace < *g {
		t := metav1.NewTime(now.Add(time.Duration(grace) * time.Second).Truncate(time.Second))
		next.SetDeletionTimestamp(&t)
		next.SetDeletionGracePeriodSeconds(&grace)
	}
	gone := len(next.GetFinalizers()) == 0 && !waitsForNode(next)
	if o.DryRun || (!gone && equality.Semantic.DeepEqual(next, old)) {
		return next, gone, nil
	}
	if gone {
		next, err = s.commit(k, watch.Deleted, next, old, true)
	} else {
		next, err = s.commit(k, watch.Modified, next, old, true)
	}
	return next, gone, err
}

// commit puts a change into memory and tells the listeners. durable says that the caller may be told only once it
// is on disk.
func (s *Store) commit(k *Kind, t watch.EventType, next, old Object, durable bool) (Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	next.SetResourceVersion(strconv.FormatUint(s.version, 10))
	key := Key{next.GetNamespace(), next.GetName()}
	if t == watch.Deleted {
		delete(s.objects[k], key)
	} else {
		s.objects[k][key] = next
	}
	e := Event{Type: t, Object: next, Old: old, Version: s.version}
	h := append(s.history[k], e)
	if len(h) > historyLength {
		cut := len(h) - historyLength*3/4
		s.expired[k] = h[cut-1].Version
		h = append([]Event(nil), h[cut:]...)
	}
	s.history[k] = h
	for q := range s.listeners[k] {
		q.push(e)
	}
	_ = durable
	return next, nil
}

// setKind fills apiVersion and kind, which decoders clear.
func setKind(obj Object, k *Kind) { obj.GetObjectKind().SetGroupVersionKind(k.GVK) }

// keepMeta restores the metadata that no client may change.
func keepMeta(next, old Object) {
	next.SetUID(old.GetUID())
	next.SetCreationTimestamp(old.GetCreationTimestamp())
	next.SetDeletionTimestamp(old.GetDeletionTimestamp())
	next.SetDeletionGracePeriodSeconds(old.GetDeletionGracePeriodSeconds())
	next.SetGeneration(old.GetGeneration())
	next.SetResourceVersion(old.GetResourceVersion())
	next.SetSelfLink("")
}

func copyStatus(to, from Object) {
	dst, src := reflect.ValueOf(to).Elem().FieldByName("Status"), reflect.ValueOf(from).Elem().FieldByName("Status")
	if dst.IsValid() {
		dst.Set(src)
	}
}

// specChanged compares everything but metadata and status.
func specChanged(a, b Object) bool {
	va, vb := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	for i := range va.NumField() {
		switch va.Type().Field(i).Name {
		case "TypeMeta", "ObjectMeta", "Status":
			continue
		}
		if !equality.Semantic.DeepEqual(va.Field(i).Interface(), vb.Field(i).Interface()) {
			return true
		}
	}
	return false
}

// waitsForNode tells whether a deletion has to wait until the node has stopped the pod's containers.
func waitsForNode(obj Object) bool {
	pod, ok := obj.(*corev1.Pod)
	if !ok || pod.Spec.NodeName == "" {
		return false
	}
	g := pod.DeletionGracePeriodSeconds
	return g == nil || *g > 0
}

// gracePeriod is the grace in seconds: that of the request, else the pod's own, else none. See
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
func gracePeriod(obj Object, opts metav1.DeleteOptions) int64 {
	pod, ok := obj.(*corev1.Pod)
	if !ok {
		return 0
	}
	switch {
	case opts.GracePeriodSeconds != nil:
		return max(*opts.GracePeriodSeconds, 0)
	case pod.Spec.NodeName == "" || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed:
		return 0
	case pod.Spec.TerminationGracePeriodSeconds != nil:
		return *pod.Spec.TerminationGracePeriodSeconds
	}
	return corev1.DefaultTerminationGracePeriodSeconds
}

// addPropagationFinalizer notes in the object how its dependents are to go, for the garbage collector.
func addPropagationFinalizer(obj Object, opts metav1.DeleteOptions) {
	var name string
	switch p := opts.PropagationPolicy; {
	case p != nil && *p == metav1.DeletePropagationForeground:
		name = metav1.FinalizerDeleteDependents
	case p != nil && *p == metav1.DeletePropagationOrphan:
		name = metav1.FinalizerOrphanDependents
	default:
		return
	}
	for _, f := range obj.GetFinalizers() {
		if f == name {
			return
		}
	}
	obj.SetFinalizers(append(obj.GetFinalizers(), name))
}

// UIDPreconditions says that a deletion is meant for that very object, not for one of the same name that came after.
func UIDPreconditions(uid types.UID) *metav1.Preconditions { return &metav1.Preconditions{UID: &uid} }
