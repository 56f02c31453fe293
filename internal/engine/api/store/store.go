package store

import (
	"slices"
	"sort"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/rand"
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
	writes    sync.Mutex // one write at a time: admission and memory
	mu        sync.RWMutex
	version   uint64
	objects   map[*Kind]map[Key]Object
	history   map[*Kind][]Event
	expired   map[*Kind]uint64 // events up to this version are no longer in the history
	listeners map[*Kind]map[*queue]struct{}
	admission []Admission
	disk      *disk     // nil for a store in memory
	pending   []*change // in memory, but not yet on disk: nobody has been told of them
	now       func() time.Time
}

// historyLength is how many changes of a kind a watch can be behind before it must list again.
const historyLength = 500

// New returns an empty store in memory, which forgets everything when the process ends.
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
	var out []Object
	for key, obj := range s.objects[k] {
		if namespace == "" || key.Namespace == namespace {
			out = append(out, obj)
		}
	}
	version := s.version
	s.mu.RUnlock()
	sort.Slice(out, func(i, j int) bool {
		if a, b := out[i].GetNamespace(), out[j].GetNamespace(); a != b {
			return a < b
		}
		return out[i].GetName() < out[j].GetName()
	})
	return out, version
}

// Create stores a new object and returns it as stored. obj itself is not kept.
func (s *Store) Create(obj Object, opts ...Option) (Object, error) {
	return s.settle(s.create(obj.DeepCopyObject().(Object), collect(opts)))
}

func (s *Store) create(obj Object, o Options) (*change, error) {
	k := KindOf(obj)
	s.writes.Lock()
	defer s.writes.Unlock()
	if obj.GetName() == "" && obj.GetGenerateName() != "" {
		obj.SetName(s.freeName(k, obj.GetNamespace(), obj.GetGenerateName()))
	}
	key := Key{obj.GetNamespace(), obj.GetName()}
	// Before admission, which may allocate addresses for an object that cannot be.
	if _, err := s.Get(k, key); err == nil {
		return nil, apierrors.NewAlreadyExists(k.GR(), key.Name)
	}
	initMeta(obj, k, s.now())
	if err := s.admit(&Request{Operation: OpCreate, Kind: k, Object: obj, Options: o}); err != nil {
		return nil, err
	}
	if o.DryRun {
		return told(obj), nil
	}
	return s.commit(k, watch.Added, obj, nil, true)
}

// freeName makes a name from a prefix. See
// https://kubernetes.io/docs/reference/using-api/api-concepts/#generated-values
func (s *Store) freeName(k *Kind, namespace, prefix string) string {
	const longest = 63 - 5
	if len(prefix) > longest {
		prefix = prefix[:longest]
	}
	for {
		name := prefix + rand.String(5)
		if _, err := s.Get(k, Key{namespace, name}); err != nil {
			return name
		}
	}
}

// Update replaces everything but the status of a stored object. If obj carries a resource version that is not the
// stored one, the error is a Conflict. An update that changes nothing stores nothing.
func (s *Store) Update(obj Object, opts ...Option) (Object, error) {
	return s.settle(s.update(obj, false, collect(opts)))
}

// UpdateStatus replaces only the status of a stored object, with the same lock as Update.
func (s *Store) UpdateStatus(obj Object, opts ...Option) (Object, error) {
	return s.settle(s.update(obj, true, collect(opts)))
}

func (s *Store) update(obj Object, status bool, o Options) (*change, error) {
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
	sub := o.Subresource
	if status {
		sub = "status"
		given := next
		next = old.DeepCopyObject().(Object)
		CopyStatus(next, given)
		next.SetManagedFields(given.GetManagedFields())
	} else if k.HasStatus() && !o.KeepStatus {
		CopyStatus(next, old.DeepCopyObject().(Object)) // admission may write into it
	}
	keepMeta(next, old)
	setKind(next, k)
	if err := s.admit(&Request{Operation: OpUpdate, Kind: k, Object: next, Old: old, Subresource: sub, Options: o}); err != nil {
		return nil, err
	}
	if ns, ok := next.(*corev1.Namespace); ok && o.Finalize {
		ns.Spec.Finalizers = slices.Clone(obj.(*corev1.Namespace).Spec.Finalizers)
	}
	if !status && k.counted() && specChanged(next, old) {
		next.SetGeneration(old.GetGeneration() + 1)
	}
	if unchanged(next, old) {
		return told(old), nil
	}
	if o.DryRun {
		return told(next), nil
	}
	if next.GetDeletionTimestamp() != nil && !held(next) {
		return s.commit(k, watch.Deleted, next, old, true)
	}
	return s.commit(k, watch.Modified, next, old, !status)
}

// Delete begins the deletion of an object, or completes it: a pod that a node runs gets its deletion timestamp and
// goes when it is deleted again with a grace period of zero; an object with finalizers goes when the last is
// removed. It returns the last state, and whether the object is gone.
func (s *Store) Delete(k *Kind, key Key, opts metav1.DeleteOptions) (Object, bool, error) {
	c, gone, err := s.delete(k, key, opts)
	obj, err := s.settle(c, err)
	return obj, gone && err == nil, err
}

func (s *Store) delete(k *Kind, key Key, opts metav1.DeleteOptions) (*change, bool, error) {
	s.writes.Lock()
	defer s.writes.Unlock()
	old, err := s.Get(k, key)
	if err != nil {
		return nil, false, err
	}
	if err := checkPreconditions(k, old, opts.Preconditions); err != nil {
		return nil, false, err
	}
	next := old.DeepCopyObject().(Object)
	o := Options{DryRun: len(opts.DryRun) > 0}
	if err := s.admit(&Request{Operation: OpDelete, Kind: k, Object: next, Old: old, Options: o}); err != nil {
		return nil, false, err
	}
	markDeleted(next, opts, s.now())
	gone := !held(next)
	if gone && k.Resource != "pods" && old.GetDeletionTimestamp() == nil { // as in Kubernetes, only what goes in stages is marked
		next = old.DeepCopyObject().(Object)
	}
	if o.DryRun || (!gone && equality.Semantic.DeepEqual(next, old)) {
		return told(next), gone, nil
	}
	t := watch.Modified
	if gone {
		t = watch.Deleted
	}
	c, err := s.commit(k, t, next, old, true)
	return c, gone, err
}
