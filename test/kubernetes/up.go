package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func (c *cluster) up(ctx context.Context, images []string) error {
	if len(c.running()) > 0 {
		return fmt.Errorf("%s: a cluster runs there; stop it with \"kubernetes down %s\"", c.dir, c.dir)
	}
	token, err := c.writeFiles(ctx)
	if err != nil {
		return err
	}
	if err := c.controlPlane(); err != nil {
		return err
	}
	if err := c.wait(ctx, "the API server", func() bool { return strings.HasPrefix(get(token, "/readyz"), "ok") }); err != nil {
		return err
	}
	if _, err := sh(ctx, c.self, "kubectl", "--kubeconfig", c.path("kubeconfig"), "apply", "--server-side", "-f", c.path("storageclass.yaml")); err != nil {
		return err
	}
	if err := c.wait(ctx, "containerd", func() bool { _, err := os.Stat(c.path("containerd.sock")); return err == nil }); err != nil {
		return err
	}
	if err := c.load(ctx, append([]string{c.path("pause.tar")}, images...)); err != nil {
		return err
	}
	if err := c.nodeComponents(ctx); err != nil {
		return err
	}
	return c.wait(ctx, "the node", func() bool { return strings.Contains(get(token, "/api/v1/nodes/"+node), `"KubeletReady"`) })
}

func (c *cluster) controlPlane() error {
	kubeconfig := "--kubeconfig=" + c.path("kubeconfig")
	for _, p := range []struct {
		name, program string
		args          []string
	}{
		{"containerd", "containerd", []string{"-c", c.path("containerd.toml")}},
		{"etcd", "etcd", []string{"--data-dir", c.path("etcd"), "--listen-client-urls", "http://127.0.0.1:12379", "--advertise-client-urls", "http://127.0.0.1:12379", "--listen-peer-urls", "http://127.0.0.1:12380", "--unsafe-no-fsync"}},
		{"apiserver", c.self, []string{"kube-apiserver", "--etcd-servers=http://127.0.0.1:12379", "--secure-port=" + apiPort, "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--cert-dir=" + c.path("cert"), "--service-account-key-file=" + c.path("sa.pub"), "--service-account-signing-key-file=" + c.path("sa.key"), "--service-account-issuer=https://kubernetes.default.svc", "--service-cluster-ip-range=" + services, "--token-auth-file=" + c.path("tokens.csv"), "--authorization-mode=Node,RBAC", "--allow-privileged=true"}},
		{"controllers", c.self, []string{"kube-controller-manager", kubeconfig, "--service-account-private-key-file=" + c.path("sa.key"), "--use-service-account-credentials=false", "--leader-elect=false", "--secure-port=0"}},
		{"scheduler", c.self, []string{"kube-scheduler", kubeconfig, "--leader-elect=false", "--secure-port=0"}},
	} {
		if err := c.start(p.name, p.program, p.args...); err != nil {
			return err
		}
	}
	return nil
}

func (c *cluster) nodeComponents(ctx context.Context) error {
	if _, err := sh(ctx, "ip", "address", "replace", dns+"/32", "dev", "lo"); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644); err != nil {
		return err
	}
	kubeconfig := "--kubeconfig=" + c.path("kubeconfig")
	for name, args := range map[string][]string{
		"kubelet":     {"kubelet", "--config=" + c.path("kubelet.yaml"), kubeconfig, "--hostname-override=" + node, "--root-dir=" + c.path("kubelet"), "--cert-dir=" + c.path("kubelet", "pki")},
		"kube-proxy":  {"kube-proxy", "--proxy-mode=nftables", kubeconfig, "--hostname-override=" + node, "--conntrack-max-per-core=0", "--conntrack-tcp-timeout-established=0", "--conntrack-tcp-timeout-close-wait=0", "--healthz-bind-address=", "--metrics-bind-address=127.0.0.1:20249"},
		"coredns":     {"coredns", "-conf", c.path("Corefile"), "-quiet"},
		"provisioner": {"provisioner", c.path("kubeconfig"), c.path("volumes")},
	} {
		if err := c.start(name, c.self, args...); err != nil {
			return err
		}
	}
	return nil
}

// load imports images, written by "slipway image save" or "docker save", into containerd.
func (c *cluster) load(ctx context.Context, images []string) error {
	for _, tar := range images {
		if _, err := sh(ctx, "ctr", "-a", c.path("containerd.sock"), "-n", "k8s.io", "images", "import", tar); err != nil {
			return err
		}
	}
	return nil
}

func get(token, path string) string {
	req, err := http.NewRequest(http.MethodGet, "https://127.0.0.1:"+apiPort+path, nil)
	if err != nil {
		return ""
	}
	req.Header.Set("Authorization", "Bearer "+token)
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return string(text)
}

func random() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}
