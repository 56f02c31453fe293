package node_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

func (r *room) configMap(name string, data map[string]string) {
	r.t.Helper()
	if _, err := store.Create(r.store, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}, Data: data}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) secret(name string, data map[string]string) {
	r.t.Helper()
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}, Data: map[string][]byte{}}
	for k, v := range data {
		s.Data[k] = []byte(v)
	}
	if _, err := store.Create(r.store, s); err != nil {
		r.t.Fatal(err)
	}
}

func withVolume(p *corev1.Pod, path string, v corev1.VolumeSource) *corev1.Pod {
	name := "v" + strings.ReplaceAll(path, "/", "-")
	p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: name, VolumeSource: v})
	p.Spec.Containers[0].VolumeMounts = append(p.Spec.Containers[0].VolumeMounts, corev1.VolumeMount{Name: name, MountPath: path})
	return p
}

func TestVolumesOfEveryKindAreSeen(t *testing.T) {
	r := newRoom(t)
	r.configMap("settings", map[string]string{"a": "from a", "b": "from b"})
	r.secret("login", map[string]string{"password": "hunter2"})
	host := t.TempDir()
	if err := os.WriteFile(filepath.Join(host, "f"), []byte("of the host\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	mode := int32(0o400)
	p := pod("p", "cat=/config/a", "say=", "cat=/secret/password", "say=", "cat=/down/labels", "say=", "cat=/all/sub/b", "say=",
		"stat=/secret/password", "stat=/all/sub/b", "cat=/host/f", "write=/empty/f:x", "write=/shm/f:x", "cat=/down/memory", "say=")
	p.Labels = map[string]string{"app": "shop"}
	withVolume(p, "/config", corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "settings"}}})
	withVolume(p, "/secret", corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "login", DefaultMode: &mode}})
	withVolume(p, "/down", corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{Items: []corev1.DownwardAPIVolumeFile{
		{Path: "labels", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.labels"}},
		{Path: "memory", ResourceFieldRef: &corev1.ResourceFieldSelector{ContainerName: "main", Resource: "limits.memory", Divisor: resource.MustParse("1Mi")}}}}})
	p.Spec.Containers[0].Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("64Mi")}
	withVolume(p, "/all", corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
		{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "settings"}, Items: []corev1.KeyToPath{{Key: "b", Path: "sub/b", Mode: &mode}}}}}}})
	withVolume(p, "/host", corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: host}})
	withVolume(p, "/empty", corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}})
	small := resource.MustParse("1Mi")
	withVolume(p, "/shm", corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory, SizeLimit: &small}})
	got := r.run(p)
	want := "from a\nhunter2\napp=\"shop\"\nfrom b\n/secret/password 0:0 0400\n/all/sub/b 0:0 0400\nof the host\n64\n"
	if got != want {
		t.Errorf("output %q, not %q", got, want)
	}
}

func TestAChangedConfigMapReachesTheContainer(t *testing.T) {
	r := newRoom(t)
	r.configMap("settings", map[string]string{"a": "old", "gone": "x"})
	p := withVolume(pod("p", "wait"), "/config", corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "settings"}}})
	p.Spec.Containers[0].VolumeMounts = append(p.Spec.Containers[0].VolumeMounts, corev1.VolumeMount{Name: "v-config", MountPath: "/pinned", SubPath: "a"})
	r.create(p)
	r.until("p", "ready", ready)
	if out, code := r.exec("p", "cat=/config/a", "cat=/pinned"); out != "oldold" || code != 0 {
		t.Fatalf("before: %q, %d", out, code)
	}
	_, err := store.Modify(r.store, namespace, "settings", func(c *corev1.ConfigMap) error {
		c.Data = map[string]string{"a": "new", "more": "y"}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; {
		out, _ := r.exec("p", "cat=/config/a")
		if out == "new" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("still %q", out)
		}
	}
	if out, _ := r.exec("p", "ls=/config", "cat=/pinned"); !strings.Contains(out, "more") || strings.Contains(out, "gone") || !strings.HasSuffix(out, "old") {
		t.Errorf("after: %q", out)
	}
}

func TestAClaimIsMountedAndItsGroupOwnsIt(t *testing.T) {
	r := newRoom(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "old"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	pv := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: "pv"}}
	pv.Spec.Local = &corev1.LocalVolumeSource{Path: dir}
	if _, err := store.Create(r.store, pv); err != nil {
		t.Fatal(err)
	}
	pvc := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data", Namespace: namespace}}
	pvc.Spec.VolumeName = "pv"
	if _, err := store.Create(r.store, pvc); err != nil {
		t.Fatal(err)
	}
	p := withVolume(pod("p", "write=/data/f:kept", "stat=/data", "stat=/data/old", "id"), "/data",
		corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}})
	user, group := int64(1000), int64(3000)
	p.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsUser: &user, FSGroup: &group}
	p.Spec.RestartPolicy = corev1.RestartPolicyNever
	r.create(p)
	r.event("p", `Warning FailedMount: MountVolume.SetUp failed for volume "v-data" : persistentvolumeclaim "data" is not bound yet`)
	if _, err := store.ModifyStatus(r.store, namespace, "data", func(c *corev1.PersistentVolumeClaim) error {
		c.Status.Phase = corev1.ClaimBound
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	r.until("p", "done", inPhase(corev1.PodSucceeded))
	if got, want := r.log("p"), "/data 0:3000 2775\n/data/old 0:3000 0660\n1000 0 [3000]\n"; got != want {
		t.Errorf("output %q, not %q", got, want)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "f")); string(b) != "kept" {
		t.Errorf("the file holds %q", b)
	}
}

func TestASubPathLeadsNowhereElse(t *testing.T) {
	r := newRoom(t)
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("of the host"), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, link := range []struct{ to, name string }{{outside, "absolute"}, {"../../../../../../.." + outside, "relative"}} {
		if err := os.Symlink(link.to, filepath.Join(dir, link.name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, sub := range []string{"absolute", "relative"} {
		p := withVolume(pod(sub, "ls=/data", "wait"), "/data", corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: dir}})
		p.Spec.Containers[0].VolumeMounts[0].SubPath = sub
		r.create(p)
		r.event(sub, "Warning Failed: Error: failed to prepare subPath for volumeMount")
	}
	// A link that stays inside is followed.
	if err := os.MkdirAll(filepath.Join(dir, "real"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/real", filepath.Join(dir, "inside")); err != nil {
		t.Fatal(err)
	}
	in := withVolume(pod("in", "write=/data/f:x"), "/data", corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: dir}})
	in.Spec.Containers[0].VolumeMounts[0].SubPath = "inside"
	r.run(in)
	if _, err := os.Stat(filepath.Join(dir, "real", "f")); err != nil {
		t.Error(err)
	}
	p := withVolume(pod("up", "wait"), "/data", corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: dir}})
	p.Spec.Containers[0].VolumeMounts[0].SubPath = "../x"
	r.create(p)
	r.event("up", "leads out of the volume")
	if _, err := os.Stat(filepath.Join(filepath.Dir(dir), "x")); err == nil {
		t.Error("a directory was made outside of the volume")
	}
}

func TestASubPathExprIsExpandedAndMade(t *testing.T) {
	r := newRoom(t)
	dir := t.TempDir()
	p := withVolume(pod("p", "write=/data/f:x"), "/data", corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: dir}})
	p.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "POD", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}}}
	p.Spec.Containers[0].VolumeMounts[0].SubPathExpr = "of/$(POD)"
	r.run(p)
	if _, err := os.Stat(filepath.Join(dir, "of", "p", "f")); err != nil {
		t.Error(err)
	}
}
