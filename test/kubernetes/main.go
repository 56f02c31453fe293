// Command kubernetes runs a real single-node Kubernetes on this machine, for tests and comparisons: the API server,
// controllers, scheduler, kubelet and kube-proxy of the Kubernetes modules, CoreDNS, and Debian's etcd, containerd
// and runc.
//
//	kubernetes up DIR [IMAGE.tar …]   starts it with its state in DIR, imports the images, prints its kubeconfig
//	kubernetes load DIR IMAGE.tar …   imports more images
//	kubernetes down DIR               stops it and removes what it mounted
//	kubernetes kubectl ARG …          is kubectl
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) < 2 {
		usage()
	}
	if cmd := component(os.Args[1]); cmd != nil {
		os.Exit(cmd(os.Args[1:]))
	}
	if len(os.Args) < 3 {
		usage()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "kubernetes:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, verb, dir string, images []string) error {
	c, err := open(dir)
	if err != nil {
		return err
	}
	switch verb {
	case "up":
		if err := c.up(ctx, images); err != nil {
			return err
		}
		fmt.Println(c.path("kubeconfig"))
		return nil
	case "load":
		return c.load(ctx, images)
	case "down":
		return c.down(ctx)
	}
	usage()
	return nil
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: kubernetes up|load|down DIR [IMAGE.tar …] | kubernetes kubectl ARG …")
	os.Exit(2)
}
