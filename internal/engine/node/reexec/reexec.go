package reexec

import (
	"os"

	"github.com/opencontainers/runc/libcontainer"
	_ "github.com/opencontainers/runc/libcontainer/nsenter" // joins the namespaces before the Go runtime starts

	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
)

func init() {
	if len(os.Args) < 2 {
		return
	}
	switch os.Args[1] {
	case "init":
		// libcontainer hands its pipe over by this variable; without it, "init" is somebody's own argument.
		if os.Getenv("_LIBCONTAINER_INITPIPE") != "" {
			libcontainer.Init()
		}
	case "keeper":
		keeper.Main()
	}
}
