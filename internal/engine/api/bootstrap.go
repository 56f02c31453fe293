package api

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// defaultAccount is the service account of pods that name none.
const defaultAccount = "default"

// bootstrap makes the namespaces that every cluster has, each with its service account.
func (s *Server) bootstrap() error {
	for _, name := range builtIn {
		if _, err := store.Get[*corev1.Namespace](s.store, "", name); err == nil {
			continue
		}
		if _, err := store.Create(s.store, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("namespace %s: %w", name, err)
		}
		if err := s.makeAccount(name); err != nil {
			return err
		}
	}
	return nil
}

// keepServiceAccounts gives every namespace its default service account, again when it is deleted, until ctx ends.
func (s *Server) keepServiceAccounts(ctx context.Context) {
	make := func(namespace string) {
		if err := s.makeAccount(namespace); err != nil {
			s.log.Warn("a namespace has no default service account", "namespace", namespace, "error", err)
		}
	}
	store.Subscribe[*corev1.Namespace](ctx, s.store, func(e store.Event) {
		if e.Type == watch.Added {
			make(e.Object.GetName())
		}
	})
	store.Subscribe[*corev1.ServiceAccount](ctx, s.store, func(e store.Event) {
		if e.Type == watch.Deleted && e.Object.GetName() == defaultAccount {
			make(e.Object.GetNamespace())
		}
	})
}

func (s *Server) makeAccount(namespace string) error {
	ns, err := store.Get[*corev1.Namespace](s.store, "", namespace)
	if err != nil || ns.DeletionTimestamp != nil {
		return nil //nolint:nilerr // gone, or going
	}
	if _, err := store.Get[*corev1.ServiceAccount](s.store, namespace, defaultAccount); err == nil {
		return nil
	}
	_, err = store.Create(s.store, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: defaultAccount}})
	if apierrors.IsAlreadyExists(err) || apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return nil
	}
	return err
}
