package main

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// writeFiles writes what the components read, and returns the administrator's token.
func (c *cluster) writeFiles(ctx context.Context) (string, error) {
	if _, err := sh(ctx, "openssl", "genrsa", "-out", c.path("sa.key"), "2048"); err != nil {
		return "", err
	}
	if _, err := sh(ctx, "openssl", "rsa", "-in", c.path("sa.key"), "-pubout", "-out", c.path("sa.pub")); err != nil {
		return "", err
	}
	if err := writePause(c.path("pause.tar")); err != nil {
		return "", err
	}
	token := random()
	fill := strings.NewReplacer("$DIR", c.dir, "$TOKEN", token, "$PORT", apiPort, "$DNS", dns, "$PODS", pods, "$BRIDGE", bridge, "$NODE", node)
	for name, text := range files {
		mode := os.FileMode(0o644)
		if strings.Contains(text, "$TOKEN") {
			mode = 0o600
		}
		if err := os.WriteFile(c.path(name), []byte(fill.Replace(text)), mode); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
	}
	return token, nil
}

// files are the configuration of each component. The kubelet runs on cgroup v1 where the machine has it, and no
// process may lower its OOM score where a capability is missing.
var files = map[string]string{
	"containerd.toml": `version = 2
root = "$DIR/containerd"
state = "$DIR/containerd-run"
[grpc]
  address = "$DIR/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$DIR/cni"
`,
	"cni/10-bridge.conflist": `{"cniVersion":"0.4.0","name":"k8s","plugins":[
{"type":"bridge","bridge":"$BRIDGE","isGateway":true,"ipMasq":false,"hairpinMode":true,"ipam":{"type":"host-local","dataDir":"$DIR/ipam","ranges":[[{"subnet":"$PODS"}]],"routes":[{"dst":"0.0.0.0/0"}]}},
{"type":"portmap","capabilities":{"portMappings":true}}]}
`,
	"tokens.csv": "$TOKEN,admin,admin,system:masters\n",
	"kubeconfig": `apiVersion: v1
kind: Config
clusters: [{name: real, cluster: {server: "https://127.0.0.1:$PORT", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: $TOKEN}}]
contexts: [{name: real, context: {cluster: real, user: admin}}]
current-context: real
`,
	"kubelet.yaml": `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
containerRuntimeEndpoint: unix://$DIR/containerd.sock
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
address: 127.0.0.1
port: 20250
healthzPort: 0
oomScoreAdj: 0
failSwapOn: false
localStorageCapacityIsolation: false
syncFrequency: 10s
resolvConf: /etc/resolv.conf
clusterDNS: [$DNS]
clusterDomain: cluster.local
evictionHard: {memory.available: "0%", nodefs.available: "0%", imagefs.available: "0%"}
`,
	"Corefile": `.:53 {
  bind $DNS
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig $DIR/kubeconfig real
    pods insecure
    ttl 5
  }
}
`,
	"storageclass.yaml": `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: local
  annotations: {storageclass.kubernetes.io/is-default-class: "true"}
provisioner: test.slipway.dev/directory
`,
}
