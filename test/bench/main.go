// Command bench measures Slipway beside docker-compose, podman and a real Kubernetes, in one run on this machine, and
// prints a table of medians. It judges nothing: the goals are in the last column for the reader.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
)

func main() {
	runs := flag.Int("runs", 5, "how often each figure is measured")
	only := flag.String("only", "", "comma separated names of systems; all when empty")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *runs, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, runs int, only string) error {
	dir, err := os.MkdirTemp("", "slipway-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	image, err := buildImage(ctx, dir)
	if err != nil {
		return err
	}
	var results []*result
	for _, s := range []system{newSlipway(dir, image), newKubernetes(dir, image), newCompose(dir, image), newPodman(dir, image)} {
		if only != "" && !strings.Contains(","+only+",", ","+s.name()+",") {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s …\n", s.name())
		r := measure(ctx, s, runs)
		for _, e := range r.errors {
			fmt.Fprintf(os.Stderr, "%s: %.300v\n", s.name(), e)
		}
		results = append(results, r)
		if ctx.Err() != nil {
			break
		}
	}
	return print(results)
}

func print(results []*result) error {
	w := tabwriter.NewWriter(os.Stdout, 2, 0, 3, ' ', 0)
	fmt.Fprint(w, "figure (median)")
	for _, r := range results {
		fmt.Fprint(w, "\t", r.name)
	}
	fmt.Fprintln(w, "\tgoal")
	for _, f := range figures {
		fmt.Fprint(w, f.name)
		for _, r := range results {
			fmt.Fprint(w, "\t", f.show(r))
		}
		fmt.Fprintln(w, "\t"+f.goal)
	}
	return w.Flush()
}
