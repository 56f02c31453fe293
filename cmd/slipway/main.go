// Slipway runs an application described by a Compose file or manifests, on this machine or on a Kubernetes cluster.
package main

import (
	"os"

	"github.com/slipway-sh/slipway/internal/cli"
)

// version is set by the build of a release.
var version string

func main() { os.Exit(cli.Main(version, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
