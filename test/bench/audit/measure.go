package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

type tool struct {
	name string
	args []string
}

type figures struct{ wall, cpu, peak []float64 } // seconds, seconds, MB

// measure runs the tools in turn, so that a machine that becomes slower does so for all; the first round is not counted.
func measure(ctx context.Context, tools []tool, runs int) ([]figures, error) {
	all := make([]figures, len(tools))
	for round := range runs + 1 {
		for i, t := range tools {
			cmd := exec.CommandContext(ctx, t.args[0], t.args[1:]...)
			begin := time.Now()
			err := cmd.Run()
			wall := time.Since(begin)
			var exit *exec.ExitError
			if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) { // 1: something was found
				return nil, fmt.Errorf("%s: %w", t.name, err)
			}
			usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
			if round == 0 {
				continue
			}
			all[i].wall = append(all[i].wall, wall.Seconds())
			all[i].cpu = append(all[i].cpu, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())
			all[i].peak = append(all[i].peak, float64(usage.Maxrss)/1000)
		}
	}
	return all, nil
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
