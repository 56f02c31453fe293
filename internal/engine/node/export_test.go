package node

import "github.com/slipway-sh/slipway/internal/home"

// CgroupRoot is the cgroup of an engine's pods.
func CgroupRoot(h home.Dir) string { return (&Node{Options: Options{Home: h}}).cgroupRoot() }
