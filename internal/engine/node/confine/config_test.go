package confine

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/cgroups"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func input(change func(*corev1.Pod, *corev1.Container)) *Input {
	p := &corev1.Pod{}
	p.Name, p.Namespace, p.UID = "p", "shop", "u"
	c := &corev1.Container{Name: "main"}
	if change != nil {
		change(p, c)
	}
	return &Input{Pod: p, Container: c, QOS: corev1.PodQOSBurstable, Cgroup: "/slipway/podu/main-0", NetNS: "/x",
		Passwd: []byte("root:x:0:0::/root:/bin/sh\nalice:x:1234:1235::/home/alice:/bin/sh\n"), Group: []byte("friends:x:2000:alice\n")}
}

func TestLimitsBecomeThoseOfACgroup(t *testing.T) {
	if cgroups.IsCgroup2UnifiedMode() {
		t.Log("shares are weights here")
	}
	c, _, err := Config(input(func(p *corev1.Pod, c *corev1.Container) {
		p.Annotations = map[string]string{PIDsAnnotation: "50"}
		c.Resources = corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("250m")},
			Limits:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("500m"), corev1.ResourceMemory: resource.MustParse("64Mi")},
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	r := c.Cgroups.Resources
	if r.CpuShares != 256 && r.CpuWeight == 0 || r.CpuQuota != 50000 || r.CpuPeriod != 100000 || r.Memory != 64<<20 || r.MemorySwap != 64<<20 || *r.PidsLimit != 50 {
		t.Errorf("%+v", r)
	}
	if c.Cgroups.Parent != "/slipway/podu" || c.Cgroups.Name != "main-0" {
		t.Errorf("cgroup %s %s", c.Cgroups.Parent, c.Cgroups.Name)
	}
}

func TestUsersOfTheImageAreThoseOfItsPasswordFile(t *testing.T) {
	number := int64(7)
	for name, c := range map[string]struct {
		image  string
		user   *int64
		group  *int64
		want   Account
		failed string
	}{
		"none":             {want: Account{Home: "/root"}},
		"a name":           {image: "alice", want: Account{UID: 1234, GID: 1235, Groups: []int{2000}, Home: "/home/alice"}},
		"a name and group": {image: "alice:friends", want: Account{UID: 1234, GID: 2000, Groups: []int{2000}, Home: "/home/alice"}},
		"a number":         {image: "99", want: Account{UID: 99, Home: "/"}},
		"the pod's number": {image: "alice", user: &number, want: Account{UID: 7, Home: "/"}},
		"the pod's group":  {image: "alice", group: &number, want: Account{UID: 1234, GID: 7, Groups: []int{2000}, Home: "/home/alice"}},
		"nobody of a name": {image: "bob", failed: `user "bob" of container main: `},
	} {
		in := input(func(_ *corev1.Pod, ctr *corev1.Container) {
			ctr.SecurityContext = &corev1.SecurityContext{RunAsUser: c.user, RunAsGroup: c.group}
		})
		in.ImageUser = c.image
		_, got, err := Config(in)
		switch {
		case c.failed != "":
			if err == nil || !strings.HasPrefix(err.Error(), c.failed) {
				t.Errorf("%s: error %v", name, err)
			}
		case err != nil || got.UID != c.want.UID || got.GID != c.want.GID || got.Home != c.want.Home || !slices.Equal(got.Groups, c.want.Groups):
			t.Errorf("%s: %+v, %v; not %+v", name, got, err, c.want)
		}
	}
}

func TestAUserThatMayBeRootIsRefusedWhereRootIs(t *testing.T) {
	yes, root := true, int64(0)
	where := ` (pod: "p_shop(u)", container: main)`
	for name, c := range map[string]struct {
		image string
		user  *int64
		want  string
	}{
		"the image's root": {want: "container has runAsNonRoot and image will run as root" + where},
		"a name":           {image: "alice", want: "container has runAsNonRoot and image has non-numeric user (alice), cannot verify user is non-root" + where},
		"the pod's root":   {image: "7", user: &root, want: "container's runAsUser breaks non-root policy" + where},
		"a number":         {image: "7"},
	} {
		in := input(func(_ *corev1.Pod, ctr *corev1.Container) {
			ctr.SecurityContext = &corev1.SecurityContext{RunAsUser: c.user, RunAsNonRoot: &yes}
		})
		in.ImageUser = c.image
		_, _, err := Config(in)
		if err == nil && c.want != "" || err != nil && err.Error() != c.want {
			t.Errorf("%s: error %v, not %q", name, err, c.want)
		}
	}
}

func TestAProfileOfTheUsersOwnIsReadFromItsDirectoryOnly(t *testing.T) {
	for _, path := range []string{"../secret.json", "/etc/passwd", ""} {
		in := input(func(_ *corev1.Pod, ctr *corev1.Container) {
			ctr.SecurityContext = &corev1.SecurityContext{SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeLocalhost, LocalhostProfile: &path}}
		})
		in.SeccompDir = t.TempDir()
		if _, _, err := Config(in); err == nil || !SeccompBuilt && !errors.Is(err, ErrNoSeccomp) {
			t.Errorf("%q: error %v", path, err)
		}
	}
}
