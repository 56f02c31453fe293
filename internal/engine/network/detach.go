package network

import (
	"context"
	"errors"
	"slices"

	"github.com/vishvananda/netlink"
	"k8s.io/apimachinery/pkg/types"
)

// Detach takes a pod out of the network. The pod is no target any more when the next commit is done; its namespace
// goes in the background. Of a pod that is not attached there is nothing to do.
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
	n.background.Add(1)
	go func() {
		defer n.background.Done()
		<-a.ready
		n.clear(a)
	}()
	return nil
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
