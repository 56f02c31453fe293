package confine

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	profile "github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runc/libcontainer/configs"
	libseccomp "github.com/opencontainers/runc/libcontainer/seccomp"
	"github.com/opencontainers/runc/libcontainer/specconv"
	"github.com/opencontainers/runtime-spec/specs-go"
	corev1 "k8s.io/api/core/v1"
)

// SeccompBuilt tells whether this binary can filter system calls: it was built with the tag "seccomp" and libseccomp.
const SeccompBuilt = libseccomp.Enabled

// ErrNoSeccomp says that a filter was asked for that this binary cannot make.
var ErrNoSeccomp = errors.New("this slipway-engine was built without libseccomp; build it with the tag \"seccomp\"")

// filters are kept by capabilities: Docker's profile allows what a capability needs.
var filters sync.Map

// seccomp is the filter of system calls; none if the container is privileged or asks for none.
func seccomp(in *Input, sc *corev1.SecurityContext, caps *configs.Capabilities) (*configs.Seccomp, error) {
	if isTrue(sc.Privileged) {
		return nil, nil
	}
	p := sc.SeccompProfile
	switch {
	case p != nil && p.Type == corev1.SeccompProfileTypeUnconfined:
		return nil, nil
	case p != nil && p.Type == corev1.SeccompProfileTypeLocalhost:
		return localSeccomp(in, p, caps)
	case !SeccompBuilt && p == nil:
		return nil, nil // the node warns of it once
	case !SeccompBuilt:
		return nil, ErrNoSeccomp
	}
	key := strings.Join(caps.Bounding, ",")
	if f, ok := filters.Load(key); ok {
		return f.(*configs.Seccomp), nil
	}
	spec, err := profile.GetDefaultProfile(ociSpec(caps))
	if err != nil {
		return nil, fmt.Errorf("default seccomp profile: %w", err)
	}
	f, err := specconv.SetupSeccomp(spec)
	if err != nil {
		return nil, fmt.Errorf("default seccomp profile: %w", err)
	}
	// Nearly no kernel still has the x32 ABI; leaving it out forbids it, and saves 8 ms of every container's start.
	f.Architectures = slices.DeleteFunc(f.Architectures, func(a string) bool { return a == "x32" })
	filters.Store(key, f)
	return f, nil
}

// localSeccomp reads a profile of the user's own from the directory for it.
func localSeccomp(in *Input, p *corev1.SeccompProfile, caps *configs.Capabilities) (*configs.Seccomp, error) {
	if !SeccompBuilt {
		return nil, ErrNoSeccomp
	}
	if p.LocalhostProfile == nil || !filepath.IsLocal(*p.LocalhostProfile) {
		return nil, errors.New("seccompProfile: localhostProfile must be a path below " + in.SeccompDir)
	}
	b, err := os.ReadFile(filepath.Join(in.SeccompDir, *p.LocalhostProfile))
	if err != nil {
		return nil, fmt.Errorf("seccompProfile: %w", err)
	}
	spec := &specs.LinuxSeccomp{}
	if s, err := profile.LoadProfile(string(b), ociSpec(caps)); err == nil {
		spec = s
	} else if json.Unmarshal(b, spec) != nil {
		return nil, fmt.Errorf("seccompProfile %s: %w", *p.LocalhostProfile, err)
	}
	return specconv.SetupSeccomp(spec)
}

func ociSpec(caps *configs.Capabilities) *specs.Spec {
	return &specs.Spec{Process: &specs.Process{Capabilities: &specs.LinuxCapabilities{Bounding: caps.Bounding}}}
}
