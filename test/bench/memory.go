package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

type memory struct{ pss, anonymous float64 } // MB

// hostProcesses are the processes in this process namespace: those of containers are in their own.
func hostProcesses() map[int]bool {
	ours, _ := os.Readlink("/proc/self/ns/pid")
	found := map[int]bool{}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, d := range dirs {
		if ns, err := os.Readlink(d + "/ns/pid"); err == nil && ns == ours {
			pid, _ := strconv.Atoi(filepath.Base(d))
			found[pid] = true
		}
	}
	return found
}

// memoryOf sums the memory of all host processes that were not there before.
func memoryOf(before map[int]bool) memory {
	var sum memory
	for pid := range hostProcesses() {
		if before[pid] || pid == os.Getpid() {
			continue
		}
		f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if len(fields) < 2 {
				continue
			}
			kb, _ := strconv.ParseFloat(fields[1], 64)
			switch fields[0] {
			case "Pss:":
				sum.pss += kb / 1024
			case "Anonymous:":
				sum.anonymous += kb / 1024
			}
		}
		f.Close()
	}
	return sum
}
