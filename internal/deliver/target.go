package deliver

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
)

// Manager is the name under which Slipway owns fields (server-side apply, managedFields).
const Manager = "slipway"

// Target is a Kubernetes API that applications are delivered to.
type Target struct {
	dynamic   dynamic.Interface
	core      corev1client.CoreV1Interface
	discovery discovery.DiscoveryInterface
	resources *resources
}

// New returns the target behind a client configuration.
func New(cfg *rest.Config) (*Target, error) {
	cfg = rest.CopyConfig(cfg)
	cfg.QPS = -1 // the API server has its own fair queueing; a limit here only adds waiting
	cfg.WarningHandler = rest.NoWarnings{}
	http, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("kubernetes API %s: %w", cfg.Host, err)
	}
	dyn, err := dynamic.NewForConfigAndClient(cfg, http)
	if err != nil {
		return nil, fmt.Errorf("kubernetes API %s: %w", cfg.Host, err)
	}
	core, err := corev1client.NewForConfigAndClient(cfg, http)
	if err != nil {
		return nil, fmt.Errorf("kubernetes API %s: %w", cfg.Host, err)
	}
	disc, err := discovery.NewDiscoveryClientForConfigAndClient(cfg, http)
	if err != nil {
		return nil, fmt.Errorf("kubernetes API %s: %w", cfg.Host, err)
	}
	return &Target{dynamic: dyn, core: core, discovery: disc, resources: &resources{discovery: disc}}, nil
}

// at is the client for one object's kind and namespace.
func (t *Target) at(r Ref) (dynamic.ResourceInterface, error) {
	gvr, k, err := t.resources.of(r.GroupVersionKind)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r, err)
	}
	if k.namespaced {
		return t.dynamic.Resource(gvr).Namespace(r.Namespace), nil
	}
	return t.dynamic.Resource(gvr), nil
}

// get reads an object; nil without an error when there is none.
func (t *Target) get(ctx context.Context, r Ref) (*unstructured.Unstructured, error) {
	c, err := t.at(r)
	if err != nil {
		return nil, err
	}
	u, err := c.Get(ctx, r.Name, getOptions)
	if isGone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r, err)
	}
	return u, nil
}

func coreKind(name string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Version: "v1", Kind: name}
}
