package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/errgroup"
)

// ErrAccess says that a registry wants other credentials, or does not have the image: many do not tell which.
var ErrAccess = errors.New("the registry has no such image or wants credentials for it")

// Pull fetches an image from its registry, with the credentials of a keychain (nil for those of "docker login").
// Blobs that are here already are not fetched again; a cut connection costs only the blob it carried. Nothing is left
// behind if it fails. Options are for the connection, such as a transport with certificates of one's own.
func (s *Store) Pull(ctx context.Context, image string, keychain authn.Keychain, opts ...remote.Option) (Image, error) {
	img, err := s.pull(ctx, image, keychain, opts)
	if err != nil {
		return Image{}, fmt.Errorf("image %s: pull: %w", image, s.explain(err))
	}
	return img, nil
}

func (s *Store) pull(ctx context.Context, image string, keychain authn.Keychain, opts []remote.Option) (Image, error) {
	r, err := parseRef(image)
	if err != nil {
		return Image{}, err
	}
	from := r.name
	if r.digest != (v1.Hash{}) {
		from = r.repo + "@" + r.digest.String()
	}
	at, err := name.ParseReference(from)
	if err != nil {
		return Image{}, err
	}
	if keychain == nil {
		keychain = authn.DefaultKeychain
	}
	opts = append([]remote.Option{
		remote.WithContext(ctx), remote.WithAuthFromKeychain(keychain), remote.WithUserAgent("slipway"),
		remote.WithPlatform(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}),
	}, opts...)
	var desc *remote.Descriptor
	if err := retry(ctx, func() (err error) { desc, err = remote.Get(at, opts...); return }); err != nil {
		return Image{}, access(err)
	}
	found, err := desc.Image() // of an index, that for this machine
	if err != nil {
		return Image{}, err
	}
	w, err := s.begin()
	if err != nil {
		return Image{}, err
	}
	defer w.end()
	n, err := w.download(ctx, r, found)
	if err != nil {
		return Image{}, access(err)
	}
	out, err := w.commit(n)
	if err != nil {
		return Image{}, err
	}
	return out[0], nil
}

// download brings the blobs of an image into the work directory, three at a time.
func (w *work) download(ctx context.Context, r ref, img v1.Image) (named, error) {
	n := named{ref: r}
	raw, err := img.RawManifest()
	if err != nil {
		return n, err
	}
	if n.manifest, err = img.Manifest(); err != nil {
		return n, err
	}
	if n.digest, err = w.addBytes(ctx, raw); err != nil {
		return n, err
	}
	var config []byte
	if err := retry(ctx, func() (err error) { config, err = img.RawConfigFile(); return }); err != nil {
		return n, err
	}
	if h, err := w.addBytes(ctx, config); err != nil || h != n.manifest.Config.Digest {
		return n, errors.Join(err, fmt.Errorf("configuration: %w", ErrCorrupt))
	}
	seen := map[v1.Hash]bool{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(3)
	for _, l := range n.manifest.Layers {
		if seen[l.Digest] || w.reuse(l.Digest) {
			continue
		}
		seen[l.Digest] = true
		if l.Size > w.store.limits.bytes {
			return n, fmt.Errorf("layer %s: %w", l.Digest, ErrTooLarge)
		}
		group.Go(func() error { return w.downloadLayer(ctx, img, l) })
	}
	return n, group.Wait()
}

func (w *work) downloadLayer(ctx context.Context, img v1.Image, d v1.Descriptor) error {
	l, err := img.LayerByDigest(d.Digest)
	if err != nil {
		return err
	}
	return retry(ctx, func() error {
		r, err := l.Compressed()
		if err != nil {
			return err
		}
		defer r.Close()
		limited := io.LimitReader(r, d.Size+1) // a registry may send without end
		_, _, err = w.add(ctx, counted(ctx, limited, "layer "+short(d.Digest.Hex), d.Size), d.Digest)
		return err
	})
}

// retry tries again, three times in all, what a network may have broken: not what a registry has answered.
func retry(ctx context.Context, f func() error) error {
	for try := 1; ; try++ {
		err := f()
		var answer *transport.Error
		var network net.Error
		broken := errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
			errors.As(err, &answer) && answer.Temporary()
		if err == nil || !broken || try == 3 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * 300 * time.Millisecond):
		}
	}
}

// access names what registries answer to the wrong credentials.
func access(err error) error {
	var answer *transport.Error
	if errors.As(err, &answer) && (slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, answer.StatusCode)) {
		return fmt.Errorf("%w: %w", ErrAccess, err)
	}
	return err
}
