package network

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// Admit gives Services their addresses and ports, and refuses what would need a port of the host that another has.
// It expects objects with their defaults filled in, and what it fills is valid.
func (n *Network) Admit(r *store.Request) error {
	if r.Operation == store.OpDelete || r.Subresource != "" {
		return nil
	}
	switch obj := r.Object.(type) {
	case *corev1.Service:
		var old *corev1.Service
		if r.Old != nil {
			old = r.Old.(*corev1.Service)
		}
		return n.admitService(r, obj, old)
	case *corev1.Pod:
		if r.Operation == store.OpCreate {
			return n.admitPod(r, obj)
		}
	}
	return nil
}

func (n *Network) admitService(r *store.Request, svc, old *corev1.Service) error {
	others := slices.DeleteFunc(store.List[*corev1.Service](n.store, "", nil), func(s *corev1.Service) bool {
		return s.Namespace == svc.Namespace && s.Name == svc.Name
	})
	if old != nil {
		keepAllocated(svc, old)
	}
	var errs field.ErrorList
	errs = append(errs, n.giveClusterIP(svc, others)...)
	errs = append(errs, n.giveNodePorts(svc, others)...)
	if len(errs) == 0 {
		errs = append(errs, n.checkPorts(svc, old)...)
	}
	if len(errs) > 0 {
		return apierrors.NewInvalid(r.Kind.GVK.GroupKind(), svc.Name, errs)
	}
	return nil
}

// admitPod refuses a pod that wants a port of the host which a Service or a program that is not ours has. Two pods
// that want the same one are the scheduler's matter: the second waits.
func (n *Network) admitPod(r *store.Request, pod *corev1.Pod) error {
	var errs field.ErrorList
	for p := range hostPortsOfPod(pod) {
		path := field.NewPath("spec", "containers").Key("ports").Child("hostPort")
		if owner := n.portOwner(p, nil); owner != "" {
			errs = append(errs, field.Invalid(path, p.port, taken(p, owner)))
		} else if err := n.holds.try(p); err != nil {
			errs = append(errs, field.Invalid(path, p.port, taken(p, listener(p))))
		}
	}
	if len(errs) > 0 {
		name := pod.Name
		return apierrors.NewInvalid(r.Kind.GVK.GroupKind(), name, errs)
	}
	return nil
}

// checkPorts asks for every port of the host that is new to a Service whether it can be had.
func (n *Network) checkPorts(svc, old *corev1.Service) field.ErrorList {
	had := map[hostPort]string{}
	if old != nil {
		had = servicePorts(old)
	}
	var errs field.ErrorList
	for p, path := range servicePorts(svc) {
		if _, ok := had[p]; ok {
			continue
		}
		if owner := n.portOwner(p, svc); owner != "" {
			errs = append(errs, field.Invalid(field.NewPath(path), p.port, taken(p, owner)))
		} else if err := n.holds.try(p); err != nil {
			errs = append(errs, field.Invalid(field.NewPath(path), p.port, taken(p, listener(p))))
		}
	}
	slices.SortFunc(errs, func(a, b *field.Error) int { return compareText(a.Field, b.Field) })
	return errs
}

func taken(p hostPort, owner string) string {
	return fmt.Sprintf("port %d/%s of this machine is taken by %s; stop it or choose another port", p.port, lower(p.proto), owner)
}
