package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/slipway-sh/slipway/internal/deliver"
	"github.com/slipway-sh/slipway/internal/home"
)

// whereFlags say which Kubernetes API a command talks to: the engine's, unless another is named.
type whereFlags struct {
	context    string
	kubeconfig string
}

func (w *whereFlags) add(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&w.context, "context", "", "a cluster: `NAME` of a context of the kubeconfig (default: the engine of this machine)")
	f.StringVar(&w.kubeconfig, "kubeconfig", "", "`FILE` with the clusters (default: $KUBECONFIG or ~/.kube/config with --context)")
}

// engine tells whether commands mean the engine of this machine.
func (w *whereFlags) engine() bool { return w.context == "" && w.kubeconfig == "" }

// cluster is a Kubernetes API that was chosen.
type cluster struct {
	config *rest.Config
	client kubernetes.Interface
	target *deliver.Target
}

// errNoEngine says that the engine of this machine does not run.
var errNoEngine = errors.New(`the engine is not running; start it with "sudo slipway engine start", or name a cluster with --context`)

// connect makes the clients for the API that the flags name.
func (w *whereFlags) connect() (*cluster, error) {
	cfg, err := w.config()
	if err != nil {
		return nil, err
	}
	cfg.QPS = -1
	cfg.WarningHandler = rest.NoWarnings{}
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return nil, err
	}
	target, err := deliver.New(cfg)
	if err != nil {
		return nil, err
	}
	return &cluster{cfg, client, target}, nil
}

func (w *whereFlags) config() (*rest.Config, error) {
	if w.engine() {
		return engineConfig(home.Default())
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = w.kubeconfig
	cfg, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: w.context}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("context %s: %w", w.context, err)
	}
	return cfg, nil
}

// engineConfig reads the kubeconfig of the engine that keeps its files there.
func engineConfig(dir home.Dir) (*rest.Config, error) {
	data, err := os.ReadFile(dir.Kubeconfig())
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("the engine: %w; it belongs to root: run with sudo, or name a cluster with --context", err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, errNoEngine
	case err != nil:
		return nil, err
	}
	cfg, err := clientcmd.RESTConfigFromKubeConfig(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir.Kubeconfig(), err)
	}
	return cfg, nil
}
