package image

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// fromLayout reads an OCI layout: https://github.com/opencontainers/image-spec/blob/main/image-layout.md
func (w *work) fromLayout(ctx context.Context, src source) ([]named, error) {
	var top v1.IndexManifest
	if err := readJSON(src, "index.json", &top); err != nil {
		return nil, err
	}
	tags, err := dockerTags(src)
	if err != nil {
		return nil, err
	}
	groups := [][]v1.Descriptor{}
	if anyNamed(top.Manifests) || len(tags) > 0 {
		for _, d := range top.Manifests {
			groups = append(groups, []v1.Descriptor{d})
		}
	} else { // without names, the entries are one image for several platforms
		groups = append(groups, top.Manifests)
	}
	var out []named
	done := map[string]bool{}
	for _, g := range groups {
		d, err := w.choose(src, g, 0)
		if errors.Is(err, errOtherPlatform) && len(groups) > 1 && g[0].Platform != nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		n, err := w.layoutImage(ctx, src, d)
		if err != nil {
			return nil, err
		}
		names := tags[n.manifest.Config.Digest.Hex]
		if name := nameOf(g[0]); name != "" {
			names = append(names, name)
		}
		if len(names) == 0 {
			names = []string{""}
		}
		for _, name := range names {
			if name != "" {
				if n.ref, err = parseRef(name); err != nil {
					return nil, err
				}
			}
			if key := n.ref.name + n.digest.Hex; !done[key] {
				done[key] = true
				out = append(out, n)
			}
		}
	}
	return out, nil
}

// dockerTags reads the names that "docker save" puts beside the layout, by the hash of the configuration.
func dockerTags(src source) (map[string][]string, error) {
	out := map[string][]string{}
	if _, ok := src.size("manifest.json"); !ok {
		return out, nil
	}
	var entries []dockerImage
	if err := readJSON(src, "manifest.json", &entries); err != nil {
		return nil, err
	}
	for _, e := range entries {
		hex := strings.TrimSuffix(e.Config[strings.LastIndexByte(e.Config, '/')+1:], ".json")
		out[hex] = append(out[hex], e.RepoTags...)
	}
	return out, nil
}

// nameOf is the name that an entry of index.json carries, if it is more than a tag.
func nameOf(d v1.Descriptor) string {
	if name := d.Annotations["io.containerd.image.name"]; name != "" {
		return name
	}
	name := d.Annotations["org.opencontainers.image.ref.name"]
	if strings.ContainsAny(name, ":/") {
		return name
	}
	return ""
}

func anyNamed(ds []v1.Descriptor) bool {
	for _, d := range ds {
		if len(d.Annotations) > 0 && cmp.Or(nameOf(d), d.Annotations["org.opencontainers.image.ref.name"]) != "" {
			return true
		}
	}
	return false
}

var errOtherPlatform = fmt.Errorf("it has no image for linux/%s", runtime.GOARCH)

// choose finds this machine's image among entries, going down into indexes.
func (w *work) choose(src source, ds []v1.Descriptor, depth int) (v1.Descriptor, error) {
	if depth > 4 {
		return v1.Descriptor{}, errors.New("indexes within indexes within indexes")
	}
	var first error
	for _, d := range ds {
		p := d.Platform
		switch {
		case d.MediaType.IsIndex():
			var inner v1.IndexManifest
			b, err := readBlob(src, d.Digest)
			if err == nil {
				err = json.Unmarshal(b, &inner)
			}
			if err != nil {
				return v1.Descriptor{}, fmt.Errorf("index %s: %w", d.Digest, err)
			}
			found, err := w.choose(src, inner.Manifests, depth+1)
			if err == nil {
				return found, nil
			}
			first = cmp.Or(first, err)
		case d.MediaType.IsImage() && (p == nil || p.OS == "linux" && p.Architecture == runtime.GOARCH || p.OS == "" && p.Architecture == ""):
			return d, nil
		}
	}
	return v1.Descriptor{}, cmp.Or(first, errOtherPlatform)
}

func (w *work) layoutImage(ctx context.Context, src source, d v1.Descriptor) (named, error) {
	n := named{digest: d.Digest, manifest: &v1.Manifest{}}
	b, err := readBlob(src, d.Digest)
	if err == nil {
		err = json.Unmarshal(b, n.manifest)
	}
	if err != nil {
		return n, fmt.Errorf("manifest %s: %w", d.Digest, err)
	}
	for _, h := range n.blobs() {
		if err := w.fetch(ctx, src, h); err != nil {
			return n, err
		}
	}
	return n, nil
}

// fetch brings a blob of the layout into the work directory, checked.
func (w *work) fetch(ctx context.Context, src source, h v1.Hash) error {
	if _, ok := w.blobs[h]; ok {
		return nil
	}
	name := "blobs/" + h.Algorithm + "/" + h.Hex
	if a, ok := src.(*archive); ok {
		if got, ok := a.files[a.resolve(name)]; ok {
			return fmt.Errorf("blob %s: %w: it is %s", h, ErrCorrupt, got)
		}
		return fmt.Errorf("blob %s is missing", h)
	}
	f, err := src.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("blob %s is missing", h)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	_, _, err = w.add(ctx, f, h)
	return err
}

// readBlob reads a small blob and checks it.
func readBlob(src source, h v1.Hash) ([]byte, error) {
	b, err := readSmall(src, "blobs/"+h.Algorithm+"/"+h.Hex)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("blob %s is missing", h)
	}
	if err != nil {
		return nil, err
	}
	if got, _, err := v1.SHA256(strings.NewReader(string(b))); err != nil || got != h {
		return nil, fmt.Errorf("blob %s: %w", h, ErrCorrupt)
	}
	return b, nil
}
