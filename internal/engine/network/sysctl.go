package network

import (
	"os"
	"strconv"
	"strings"
)

func sysctl(name, value string) error {
	return os.WriteFile("/proc/sys/net/"+name, []byte(value), 0o644)
}

// establishedTimeout is how many seconds the kernel remembers an idle TCP connection.
func establishedTimeout() int {
	data, err := os.ReadFile("/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established")
	if err != nil {
		return 432000
	}
	v, _ := strconv.Atoi(strings.TrimSpace(string(data)))
	return v
}
