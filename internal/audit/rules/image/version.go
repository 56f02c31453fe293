package image

import (
	"regexp"
	"strconv"
	"strings"
)

// numbers are the parts of a version: 9.6.16-alpine is 9, 6, 16.
type numbers []int

var leading = regexp.MustCompile(`^v?(\d+(?:\.\d+)*)`)

// versionOf reads the version at the beginning of a tag, nil if there is none.
func versionOf(tag string) numbers {
	m := leading.FindStringSubmatch(tag)
	if m == nil {
		return nil
	}
	var v numbers
	for _, part := range strings.Split(m[1], ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil // too long to be one
		}
		v = append(v, n)
	}
	return v
}

// within says that v is a version of a cycle: 9.6.16 of 9.6.
func (v numbers) within(cycle numbers) bool {
	if len(cycle) == 0 || len(v) < len(cycle) {
		return false
	}
	for i, n := range cycle {
		if v[i] != n {
			return false
		}
	}
	return true
}
