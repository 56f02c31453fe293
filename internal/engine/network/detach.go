package network

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	"k8s.io/apimachinery/pkg/types"
)

// Deleting a link or a namespace holds up the making of others for some 30 ms, so it waits for a moment in which no
// pod begins: until none has for calm, but not longer than patience.
const (
	calm     = 200 * time.Millisecond
	patience = 3 * time.Second
)

// Detach takes a pod out of the network: nothing is sent to it any more, and the rest goes in the background. Of a
// pod that is not attached there is nothing to do.
func (n *Network) Detach(_ context.Context, uid types.UID) error {
	n.mu.Lock()
	a := n.attached[uid]
	delete(n.draining, uid)
	if a == nil {
		n.mu.Unlock()
		return nil
	}
	delete(n.attached, uid)
	n.leave(a.ip)
	n.mu.Unlock()
	n.touch()
	<-a.ready
	err := netlink.RouteDel(&netlink.Route{Dst: single(a.ip), Scope: unix.RT_SCOPE_LINK, Protocol: routeProtocol})
	if err != nil && !errors.Is(err, unix.ESRCH) {
		n.log.Error("network: route to a pod cannot be removed", "uid", uid, "address", a.ip, "err", err)
	}
	n.background.Add(1)
	go func() {
		defer n.background.Done()
		n.waitForCalm()
		n.clear(a)
	}()
	return nil
}

func (n *Network) waitForCalm() {
	for end := time.Now().Add(patience); time.Now().Before(end); {
		n.mu.Lock()
		left := calm - time.Since(n.begun)
		n.mu.Unlock()
		if left <= 0 {
			return
		}
		select {
		case <-time.After(left):
		case <-n.closing:
			return
		}
	}
}

// clear removes what an attachment is made of, whole or in part.
func (n *Network) clear(a *attachment) {
	n.mu.Lock()
	if a.inside != nil {
		a.inside.Close()
		a.inside = nil
	}
	n.mu.Unlock()
	var errs []error
	if l, err := netlink.LinkByName(n.link(a.ip)); err == nil {
		errs = append(errs, netlink.LinkDel(l))
	}
	errs = append(errs, dropNamespace(n.path(a)))
	if err := errors.Join(errs...); err != nil {
		n.log.Error("network: what is left of a pod cannot be removed", "uid", a.uid, "address", a.ip, "err", err)
		return // the address stays taken
	}
	n.mu.Lock()
	delete(n.addresses, a.ip)
	n.mu.Unlock()
}

// Attached lists the pods that are attached, also those found at start, sorted.
func (n *Network) Attached() []types.UID {
	n.mu.Lock()
	defer n.mu.Unlock()
	uids := make([]types.UID, 0, len(n.attached))
	for uid := range n.attached {
		uids = append(uids, uid)
	}
	slices.Sort(uids)
	return uids
}
