package job

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// indexOf is the pod's completion index, or -1.
func indexOf(p *corev1.Pod) int {
	n, err := strconv.Atoi(p.Annotations[batchv1.JobCompletionIndexAnnotation])
	if err != nil {
		return -1
	}
	return n
}

// insert adds an index to a sorted list that may have it.
func insert(list []int, i int) []int {
	at, found := slices.BinarySearch(list, i)
	if found {
		return list
	}
	return slices.Insert(list, at, i)
}

// parseIndexes reads status.completedIndexes, for example "0,2-4"; indexes from limit on are left out.
func parseIndexes(s string, limit int) []int {
	var out []int
	for _, part := range strings.Split(s, ",") {
		from, to, ranged := strings.Cut(part, "-")
		first, err := strconv.Atoi(from)
		if err != nil {
			continue
		}
		last := first
		if ranged {
			if last, err = strconv.Atoi(to); err != nil {
				continue
			}
		}
		for i := first; i <= last && i < limit; i++ {
			out = insert(out, i)
		}
	}
	return out
}

// formatIndexes is the reverse of parseIndexes.
func formatIndexes(list []int) string {
	var parts []string
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		switch {
		case i == j:
			parts = append(parts, strconv.Itoa(list[i]))
		case j == i+1:
			parts = append(parts, strconv.Itoa(list[i]), strconv.Itoa(list[j]))
		default:
			parts = append(parts, fmt.Sprintf("%d-%d", list[i], list[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ",")
}

// pending is the first n indexes below limit that have neither succeeded nor a pod.
func pending(done []int, have []*corev1.Pod, n, limit int) []int {
	taken := map[int]bool{}
	for _, i := range done {
		taken[i] = true
	}
	for _, p := range have {
		taken[indexOf(p)] = true
	}
	var out []int
	for i := 0; i < limit && len(out) < n; i++ {
		if !taken[i] {
			out = append(out, i)
		}
	}
	return out
}
