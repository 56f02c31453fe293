package network

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// listener names the process that has a port of the host, as far as /proc tells.
func listener(p hostPort) string {
	inodes := map[string]bool{}
	for _, f := range []string{"", "6"} {
		for _, inode := range socketsOn(filepath.Join("/proc/self/net", lower(p.proto)+f), p) {
			inodes["socket:["+inode+"]"] = true
		}
	}
	fds, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && inodes[to] {
			pid := strings.Split(fd, "/")[2]
			name, _ := os.ReadFile(filepath.Join("/proc", pid, "comm"))
			return fmt.Sprintf("process %s (%s)", pid, strings.TrimSpace(string(name)))
		}
	}
	return "another program"
}

// socketsOn reads one of the kernel's socket tables: sl local remote st … inode. Of TCP only listeners count.
func socketsOn(file string, p hostPort) []string {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	var out []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		w := strings.Fields(lines.Text())
		if len(w) < 10 || p.proto == corev1.ProtocolTCP && w[3] != "0A" {
			continue
		}
		host, port, _ := strings.Cut(w[1], ":")
		if v, err := strconv.ParseUint(port, 16, 16); err == nil && uint16(v) == p.port && p.reaches(host) {
			out = append(out, w[9])
		}
	}
	return out
}

// reaches tells whether a socket's address, in the kernel's hexadecimal, is in the way of the port: loopback
// addresses other than 127.0.0.1 are not.
func (p hostPort) reaches(text string) bool {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != 4 {
		return err == nil // IPv6: those that are in the way are on all addresses
	}
	ip := netip.AddrFrom4([4]byte{b[3], b[2], b[1], b[0]})
	if p.ip.IsValid() {
		return ip == p.ip || ip.IsUnspecified()
	}
	return !ip.IsLoopback() || ip == netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

func lower(p corev1.Protocol) string { return strings.ToLower(string(p)) }

func compareText(a, b string) int { return strings.Compare(a, b) }
