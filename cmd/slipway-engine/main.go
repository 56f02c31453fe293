// Command slipway-engine is the process that runs applications on this machine; "slipway engine" starts it.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"k8s.io/klog/v2"

	"github.com/slipway-sh/slipway/internal/engine"
	_ "github.com/slipway-sh/slipway/internal/engine/node/reexec" // becomes a container or the keeper when it is asked to
	"github.com/slipway-sh/slipway/internal/home"
)

func main() { os.Exit(run()) }

func run() int {
	listen := flag.String("listen", "", "address of the API; the last one used, or a free port on loopback, when empty")
	verbose := flag.Bool("v", false, "log what is only of interest when something is searched for")
	flag.Parse()
	// The engine is idle most of the time: a small heap is worth more than a rare collection.
	debug.SetGCPercent(50)
	level := slog.LevelInfo
	if *verbose {
		level = slog.LevelDebug
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	log := engine.Logger(level)
	klog.SetSlogLogger(log) // of the streaming libraries
	o := engine.Options{Home: home.Default(), Listen: *listen, GatewayPorts: []int{80, 8080, 8081, 8082, 8083, 8084}, Log: log}
	var err error
	switch flag.Arg(0) {
	case "", "serve":
		err = engine.Run(ctx, o)
	case "teardown":
		err = engine.Teardown(ctx, o)
	default:
		fmt.Fprintf(os.Stderr, "slipway-engine: %q is not a command; serve or teardown\n", flag.Arg(0))
		return 2
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "slipway-engine:", err)
		return 1
	}
	return 0
}
