// Command audit measures "slipway audit" beside kube-score and kubeconform, on the same files, in one run, in turn, and
// prints medians and the ratio to the fastest of them; then how its time grows with the number of objects. It judges
// nothing: the goal is in the last line for the reader.
//
//	audit [-runs 7] SLIPWAY KUBE-SCORE KUBECONFORM SWAGGER.json
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"
)

func main() {
	runs := flag.Int("runs", 7, "how often each figure is measured")
	flag.Parse()
	if flag.NArg() != 4 {
		fmt.Fprintln(os.Stderr, "usage: audit [-runs N] SLIPWAY KUBE-SCORE KUBECONFORM SWAGGER.json")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *runs, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, runs int, programs []string) error {
	dir, err := os.MkdirTemp("", "slipway-bench-audit")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	slipway, score, conform, swagger := programs[0], programs[1], programs[2], programs[3]
	schemas := filepath.Join(dir, "schemas")
	if err := writeSchemas(swagger, schemas); err != nil {
		return err
	}
	file := filepath.Join(dir, "1000.yaml")
	if err := os.WriteFile(file, corpus(1000), 0o600); err != nil {
		return err
	}
	tools := []tool{
		{"slipway audit", []string{slipway, "audit", file}},
		{"kube-score", []string{score, "score", file}},
		{"kubeconform", []string{conform, "-schema-location", schemas + "/{{.ResourceKind}}{{.KindSuffix}}.json", file}},
	}
	figures, err := measure(ctx, tools, runs)
	if err != nil {
		return err
	}
	fmt.Printf("1,000 objects, %d runs of each in turn, medians\n", runs)
	w := tabwriter.NewWriter(os.Stdout, 2, 0, 3, ' ', 0)
	fmt.Fprintln(w, "program\twall\tcpu\tpeak memory\tour wall / its")
	ours := median(figures[0].wall)
	for i, t := range tools {
		f := figures[i]
		fmt.Fprintf(w, "%s\t%.3f s\t%.3f s\t%.0f MB\t%.2f\n", t.name, median(f.wall), median(f.cpu), median(f.peak), ours/median(f.wall))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Println("goal: below 1.00 beside both")
	return growth(ctx, slipway, dir)
}

// growth shows how time and memory grow with the number of objects.
func growth(ctx context.Context, slipway, dir string) error {
	fmt.Println()
	w := tabwriter.NewWriter(os.Stdout, 2, 0, 3, ' ', 0)
	fmt.Fprintln(w, "objects\twall\twall per 1,000\tpeak memory")
	for _, n := range []int{1000, 10_000, 100_000} {
		file := filepath.Join(dir, fmt.Sprintf("%d.yaml", n))
		if err := os.WriteFile(file, corpus(n), 0o600); err != nil {
			return err
		}
		f, err := measure(ctx, []tool{{"slipway audit", []string{slipway, "audit", "--quiet", file}}}, 3)
		if err != nil {
			return err
		}
		wall := median(f[0].wall)
		fmt.Fprintf(w, "%d\t%.2f s\t%.3f s\t%.0f MB\n", n, wall, wall*1000/float64(n), median(f[0].peak))
	}
	return w.Flush()
}
