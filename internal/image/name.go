package image

import (
	"fmt"
	"strings"

	"github.com/distribution/reference"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// ref is a name as its author wrote it and as everybody means it.
type ref struct {
	shown  string  // "nginx"
	name   string  // "docker.io/library/nginx:latest"; without a tag if there is only a digest
	repo   string  // "docker.io/library/nginx"
	digest v1.Hash // of "nginx@sha256:…", which then decides alone
}

// parseRef normalises a name as Docker does.
func parseRef(s string) (ref, error) {
	named, err := reference.ParseNormalizedNamed(s)
	if err != nil {
		return ref{}, fmt.Errorf("image name %q: %w", s, err)
	}
	r := ref{shown: s, repo: named.Name()}
	if d, ok := named.(reference.Digested); ok {
		if r.digest, err = v1.NewHash(d.Digest().String()); err != nil {
			return ref{}, fmt.Errorf("image name %q: %w", s, err)
		}
	}
	named = reference.TagNameOnly(named)
	if t, ok := named.(reference.Tagged); ok {
		r.name = r.repo + ":" + t.Tag()
	} else {
		r.name = named.String()
	}
	return r, nil
}

// Normalize returns the full form of an image name, "docker.io/library/nginx:latest" for "nginx".
func Normalize(name string) (string, error) {
	r, err := parseRef(name)
	if err != nil {
		return "", err
	}
	if r.digest != (v1.Hash{}) {
		return r.repo + "@" + r.digest.String(), nil
	}
	return r.name, nil
}

// isID tells whether s may be the beginning of an ID in hexadecimal.
func isID(s string) bool {
	s = strings.TrimPrefix(s, "sha256:")
	return len(s) >= 4 && len(s) <= 64 && strings.Trim(s, "0123456789abcdef") == ""
}
