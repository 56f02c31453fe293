package network

import (
	"context"
	"reflect"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/rescue"
)

const (
	gather  = 2 * time.Millisecond // what comes within this time is one commit
	retry   = time.Second          // after a commit that failed
	inspect = 10 * time.Second     // how often the kernel is asked whether our table is still there
)

// Run keeps the kernel and the names equal to the store until ctx ends. What is in the kernel then stays there.
func (n *Network) Run(ctx context.Context) error {
	n.ensureNameservice()
	any := func(store.Event) { n.touch() }
	store.Subscribe[*corev1.Service](ctx, n.store, func(e store.Event) {
		if e.Type == watch.Deleted && e.Object.GetNamespace() == metav1.NamespaceSystem && e.Object.GetName() == nameservice {
			n.ensureNameservice()
		}
		n.touch()
	})
	store.Subscribe[*discoveryv1.EndpointSlice](ctx, n.store, any)
	store.Subscribe[*networkingv1.NetworkPolicy](ctx, n.store, any)
	store.Subscribe[*corev1.Namespace](ctx, n.store, any)
	store.Subscribe[*corev1.Pod](ctx, n.store, func(e store.Event) {
		if e.Type != watch.Modified || podMatters(e.Old.(*corev1.Pod), e.Object.(*corev1.Pod)) {
			n.touch()
		}
	})
	names := newPublisher(n)
	var helpers sync.WaitGroup
	defer helpers.Wait()
	helpers.Go(func() { names.run(ctx) })
	helpers.Go(func() { n.followAddresses(ctx) })
	check := time.NewTicker(inspect)
	defer check.Stop()
	n.touch()
	for {
		select {
		case <-ctx.Done():
			n.holds.health.stop()
			return nil
		case <-check.C:
			n.readAddresses() // the default route may have moved, which nobody tells
			n.watchTable()
			n.watchRoutes()
		case <-n.dirty:
			pause(ctx, gather)
			select {
			case <-n.dirty: // what came meanwhile is covered
			default:
			}
			if err := rescue.Do(func() error { return n.sync(names) }); err != nil {
				n.log.Error("network: rules not in force, trying again", "err", err)
				pause(ctx, retry)
				n.touch()
			}
		}
	}
}

// followAddresses asks for a commit when the host gets or loses an address.
func (n *Network) followAddresses(ctx context.Context) {
	updates := make(chan netlink.AddrUpdate, 16)
	if err := netlink.AddrSubscribe(updates, ctx.Done()); err != nil {
		n.log.Error("network: changes of the host's addresses will not be seen", "err", err)
		return
	}
	for range updates {
		n.readAddresses()
		n.touch()
	}
}

// podMatters tells whether a change of a pod can change rules or names.
func podMatters(old, next *corev1.Pod) bool {
	return old.UID != next.UID || finished(old) != finished(next) || !reflect.DeepEqual(old.Labels, next.Labels)
}

// sync brings the kernel to what the store says now.
func (n *Network) sync(names *publisher) error {
	w := n.look()
	names.offer(w)
	n.mu.Lock()
	left := n.left
	n.left = nil
	n.mu.Unlock()
	n.holds.keep(w.wantedPorts(), n.log)
	n.holds.health.keep(w)
	table, st := w.table(n.name)
	if err := n.kernel.Commit(table); err != nil {
		n.mu.Lock()
		n.left = append(n.left, left...)
		n.mu.Unlock()
		return err
	}
	n.mu.Lock()
	before := n.committed
	n.committed = st
	n.commits++
	close(n.changed)
	n.changed = make(chan struct{})
	var fresh []*attachment
	for uid := range st.known {
		if a := n.attached[uid]; a != nil && !a.known {
			a.known = true
			fresh = append(fresh, a)
		}
	}
	n.mu.Unlock()
	for _, a := range fresh {
		n.introduce(a)
	}
	n.forget(before, st, left)
	n.reportBalancers(w)
	return nil
}

// watchTable asks for a commit if another program has removed our table.
func (n *Network) watchTable() {
	there, err := n.kernel.Present()
	if err != nil {
		n.log.Error("network: the packet filter cannot be read", "err", err)
		return
	}
	if !there {
		n.log.Warn("network: another program removed our packet filter table; making it again", "table", n.name)
		n.touch()
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
