package image

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// maxJSON bounds what an archive may make us hold in memory.
const maxJSON = 16 << 20

// dockerImage is one entry of manifest.json in a "docker save" archive.
type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// fromDocker reads what "docker save" wrote. It has no manifest in the sense of registries: one is made.
func (w *work) fromDocker(ctx context.Context, src source) ([]named, error) {
	var entries []dockerImage
	if err := readJSON(src, "manifest.json", &entries); err != nil {
		return nil, err
	}
	var out []named
	for _, e := range entries {
		n, err := w.dockerImage(ctx, src, e)
		if err != nil {
			return nil, err
		}
		if len(e.RepoTags) == 0 {
			out = append(out, n)
		}
		for _, tag := range e.RepoTags {
			if n.ref, err = parseRef(tag); err != nil {
				return nil, err
			}
			out = append(out, n)
		}
	}
	return out, nil
}

func (w *work) dockerImage(ctx context.Context, src source, e dockerImage) (named, error) {
	raw, err := readSmall(src, e.Config)
	if err != nil {
		return named{}, err
	}
	sum := sha256.Sum256(raw)
	if base := strings.TrimSuffix(path.Base(e.Config), ".json"); isID(base) && len(base) == 64 && base != hex.EncodeToString(sum[:]) {
		return named{}, fmt.Errorf("%s: %w", e.Config, ErrCorrupt)
	}
	config, err := v1.ParseConfigFile(bytes.NewReader(raw))
	if err != nil {
		return named{}, fmt.Errorf("%s: %w", e.Config, err)
	}
	if len(config.RootFS.DiffIDs) != len(e.Layers) {
		return named{}, fmt.Errorf("%s: it names %d layers, the archive has %d", e.Config, len(config.RootFS.DiffIDs), len(e.Layers))
	}
	var layers []v1.Descriptor
	for i, name := range e.Layers {
		d, err := w.dockerLayer(ctx, src, name, config.RootFS.DiffIDs[i])
		if err != nil {
			return named{}, fmt.Errorf("layer %s: %w", name, err)
		}
		layers = append(layers, d)
	}
	return w.assemble(ctx, ref{}, raw, layers)
}

// dockerLayer takes a layer into the work directory and checks that it is the one the configuration names.
func (w *work) dockerLayer(ctx context.Context, src source, name string, diffID v1.Hash) (v1.Descriptor, error) {
	f, err := src.open(name)
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer f.Close()
	h, size, err := w.take(ctx, src, name, f)
	if err != nil {
		return v1.Descriptor{}, err
	}
	blob, err := w.open(h)
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer blob.Close()
	br := bufio.NewReader(blob)
	head, _ := br.Peek(4)
	kind := compression(head)
	got := h
	if kind != "" {
		plain, err := decompress(watched(ctx, br))
		if err != nil {
			return v1.Descriptor{}, err
		}
		defer plain.Close()
		sum := sha256.New()
		if n, err := io.Copy(sum, io.LimitReader(plain, w.store.limits.bytes+1)); err != nil {
			return v1.Descriptor{}, err
		} else if n > w.store.limits.bytes {
			return v1.Descriptor{}, ErrTooLarge
		}
		got = v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum.Sum(nil))}
	}
	if got != diffID {
		return v1.Descriptor{}, fmt.Errorf("%w: it should be %s and is %s", ErrCorrupt, diffID, got)
	}
	return v1.Descriptor{MediaType: layerTypes[kind], Size: size, Digest: h}, nil
}

var layerTypes = map[string]types.MediaType{
	"":     types.OCIUncompressedLayer,
	"gzip": types.OCILayer,
	"zstd": types.OCILayerZStd,
}

// take returns the blob of a file: an archive's files are blobs already.
func (w *work) take(ctx context.Context, src source, name string, f io.Reader) (v1.Hash, int64, error) {
	if a, ok := src.(*archive); ok {
		name = a.resolve(name)
		return a.files[name], a.sizes[name], nil
	}
	return w.add(ctx, f, v1.Hash{})
}

// assemble makes the manifest of an image whose layers are in the work directory.
func (w *work) assemble(ctx context.Context, r ref, config []byte, layers []v1.Descriptor) (named, error) {
	id, err := w.addBytes(ctx, config)
	if err != nil {
		return named{}, err
	}
	m := &v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.OCIManifestSchema1,
		Config:        v1.Descriptor{MediaType: types.OCIConfigJSON, Size: int64(len(config)), Digest: id},
		Layers:        layers,
	}
	b, err := json.Marshal(m)
	if err != nil {
		return named{}, err
	}
	digest, err := w.addBytes(ctx, b)
	if err != nil {
		return named{}, err
	}
	return named{ref: r, digest: digest, manifest: m}, nil
}

func readSmall(src source, name string) ([]byte, error) {
	if n, ok := src.size(name); ok && n > maxJSON {
		return nil, fmt.Errorf("%s: %d bytes are too many for it", name, n)
	}
	f, err := src.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxJSON))
}

func readJSON(src source, name string, into any) error {
	b, err := readSmall(src, name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
