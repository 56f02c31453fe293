package node

import (
	"context"
	"log/slog"
	"net/netip"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/home"
	"github.com/slipway-sh/slipway/internal/image"
)

// Images is what the node asks of the images of this machine.
type Images interface {
	Get(ref string) (image.Image, error)
	Pull(ctx context.Context, ref string, keychain authn.Keychain, opts ...remote.Option) (image.Image, error)
	Unpack(ctx context.Context, img image.Image) (layers []string, err error)
}

// Attachment is a pod's place in the network.
type Attachment struct {
	IP    netip.Addr
	NetNS string // path of its network namespace
}

// Network is what the node asks of the network.
type Network interface {
	Attach(ctx context.Context, pod *corev1.Pod) (Attachment, error) // the same again for the same pod
	Detach(ctx context.Context, uid types.UID) error
	Attached() []types.UID
	DNS() netip.Addr
}

// Recorder writes events.
type Recorder interface {
	Event(obj store.Object, eventtype, reason, format string, args ...any)
	EventFor(obj store.Object, fieldPath, eventtype, reason, format string, args ...any)
}

// Options is what a node needs.
type Options struct {
	Store   *store.Store
	Home    home.Dir
	Images  Images
	Network Network
	// Drain returns when nobody sends the pod new requests and those in flight are done, or ctx ends; may be nil.
	Drain  func(ctx context.Context, pod *corev1.Pod)
	Events Recorder
	Name   string // of the Node object
	Log    *slog.Logger
	// Token makes service account tokens for projected volumes; nil if there are none.
	Token func(pod *corev1.Pod, p *corev1.ServiceAccountTokenProjection) (string, error)
}
