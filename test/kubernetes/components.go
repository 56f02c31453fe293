package main

import (
	"context"
	"os"

	"github.com/coredns/coredns/coremain"
	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/kubernetes"
)

// component returns the program of that name which is linked into this one, or nil.
func component(name string) func(args []string) int {
	var c func() *cobra.Command
	switch name {
	case "kube-apiserver":
		c = func() *cobra.Command { return apiserver.NewAPIServerCommand() }
	case "kube-controller-manager":
		c = controllers.NewControllerManagerCommand
	case "kube-scheduler":
		c = func() *cobra.Command { return scheduler.NewSchedulerCommand() }
	case "kubelet":
		c = func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) }
	case "kube-proxy":
		c = proxy.NewProxyCommand
	case "kubectl":
		c = kubectl.NewDefaultKubectlCommand
	case "provisioner":
		return provision
	case "coredns":
		return func(args []string) int {
			os.Args = args
			coremain.Run()
			return 0
		}
	default:
		return nil
	}
	return func(args []string) int {
		os.Args = args
		return cli.Run(c())
	}
}
