package node

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/node/confine"
	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
	"github.com/slipway-sh/slipway/internal/engine/node/volume"
)

// Node runs pods; see New.
type Node struct {
	Options
	volumes *volume.Manager
	machine machine
	keeper  *keepers
	usage   usage

	mu      sync.Mutex
	workers map[types.UID]*worker
	wait    sync.WaitGroup
}

// New prepares a node; it does nothing before Run.
func New(o Options) (*Node, error) {
	m, err := readMachine()
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", o.Name, err)
	}
	n := &Node{Options: o, machine: m, workers: map[types.UID]*worker{}}
	n.volumes = &volume.Manager{Store: o.Store, Home: o.Home, Machine: m.capacity(), Token: o.Token}
	n.keeper = newKeepers(o.Home, o.Log, n.ended, n.listed)
	return n, nil
}

// Keeper is the connection to the process that keeps the containers, for who else has something to ask of it.
func (n *Node) Keeper(ctx context.Context) (*keeper.Client, error) { return n.keeper.client(ctx) }

// Run registers the node and runs its pods until ctx ends; the containers then go on without it. What an earlier
// engine started is taken over first.
func (n *Node) Run(ctx context.Context) error {
	if !confine.SeccompBuilt {
		n.Log.Warn("containers run without the default seccomp profile", "reason", confine.ErrNoSeccomp)
	}
	if err := n.volumes.Prepare(); err != nil {
		return fmt.Errorf("node %s: %w", n.Name, err)
	}
	if err := n.register(); err != nil {
		return fmt.Errorf("node %s: %w", n.Name, err)
	}
	known, err := n.keeper.connect(ctx)
	if err != nil {
		return fmt.Errorf("node %s: %w", n.Name, err)
	}
	n.collect(known)
	store.Subscribe[*corev1.Pod](ctx, n.Store, func(e store.Event) { n.podChanged(ctx, e) })
	store.Subscribe[*corev1.ConfigMap](ctx, n.Store, func(e store.Event) { n.configChanged("ConfigMap", e) })
	store.Subscribe[*corev1.Secret](ctx, n.Store, func(e store.Event) { n.configChanged("Secret", e) })
	store.Subscribe[*corev1.PersistentVolumeClaim](ctx, n.Store, func(e store.Event) { n.configChanged("PersistentVolumeClaim", e) })
	n.keeper.run(ctx)
	n.heartbeat(ctx)
	n.wait.Wait()
	n.keeper.close()
	return ctx.Err()
}

// podChanged hands a pod's new state to its worker, of which there is one for each pod that is bound to this node.
func (n *Node) podChanged(ctx context.Context, e store.Event) {
	pod := e.Object.(*corev1.Pod)
	n.mu.Lock()
	w := n.workers[pod.UID]
	if w == nil && e.Type != watch.Deleted && pod.Spec.NodeName == n.Name {
		w = newWorker(ctx, n, pod)
		n.workers[pod.UID] = w
		n.wait.Go(func() {
			w.run(ctx)
			n.mu.Lock()
			defer n.mu.Unlock()
			if w.forgotten {
				delete(n.workers, w.uid)
			}
		})
	}
	n.mu.Unlock()
	if w == nil {
		return
	}
	deleted := e.Type == watch.Deleted
	w.post(func() {
		if version(pod) > version(w.pod) {
			w.changed = w.changed || !maps.Equal(pod.Labels, w.pod.Labels) || !maps.Equal(pod.Annotations, w.pod.Annotations)
			w.pod = pod
			w.about.Store(pod)
		}
		w.deleted = w.deleted || deleted
	})
}

// version orders the states of an object; the worker may have written a newer one than it is told of.
func version(pod *corev1.Pod) uint64 {
	v, _ := strconv.ParseUint(pod.ResourceVersion, 10, 64)
	return v
}

// configChanged shows a changed ConfigMap or Secret to the pods that use it, and has pods that wait for such a thing,
// or for a claim, try again.
func (n *Node) configChanged(kind string, e store.Event) {
	if e.Type == watch.Added && time.Since(e.Object.GetCreationTimestamp().Time) > time.Minute {
		return // there before this node was
	}
	for _, w := range n.all() {
		w.post(func() {
			if w.pod.Namespace != e.Object.GetNamespace() {
				return
			}
			if volume.Uses(w.pod, kind, e.Object.GetName()) {
				w.refresh = true
			}
			w.retryConfig()
		})
	}
}

func (n *Node) all() []*worker {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := make([]*worker, 0, len(n.workers))
	for _, w := range n.workers {
		out = append(out, w)
	}
	return out
}

func (n *Node) worker(uid types.UID) *worker {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.workers[uid]
}

// ended is told by the keeper that a container is over.
func (n *Node) ended(c *keeper.Container) {
	uid, _, _ := splitID(c.ID)
	if w := n.worker(uid); w != nil {
		w.post(func() { w.reported(c) })
	} else {
		n.keeper.forget(c.ID)
	}
}

// listed is told, after the connection to the keeper was lost and found again, what it knows.
func (n *Node) listed(all []*keeper.Container) {
	byID := map[string]*keeper.Container{}
	for _, c := range all {
		byID[c.ID] = c
	}
	for _, w := range n.all() {
		w.post(func() { w.compare(byID) })
	}
}

// containerID names one attempt of a container for ever.
func containerID(uid types.UID, name string, attempt int) string {
	return fmt.Sprintf("%s_%s_%d", uid, name, attempt)
}

func splitID(id string) (uid types.UID, name string, attempt int) {
	f := strings.Split(id, "_")
	if len(f) == 3 {
		_, _ = fmt.Sscanf(f[2], "%d", &attempt)
		return types.UID(f[0]), f[1], attempt
	}
	return "", "", 0
}
