package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"unsafe"
)

// serve=PORT answers HTTP: 200 if the file /ready (or that named by READY) exists or READY is empty, else 503. It
// does so without net/http, which would make every test image ten times as large.
func serve(port string) {
	l, err := net.Listen("tcp", ":"+port)
	check(err)
	fmt.Println("serving on", port)
	for {
		c, err := l.Accept()
		check(err)
		go answer(c)
	}
}

func answer(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	first, err := r.ReadString('\n')
	if err != nil {
		return
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil || strings.TrimSpace(line) == "" {
			break
		}
	}
	status, body := "200 OK", "fine: "+strings.TrimSpace(first)
	if file := os.Getenv("READY"); file != "" {
		if _, err := os.Stat(file); err != nil {
			status, body = "503 Service Unavailable", "not ready: "+file
		}
	}
	fmt.Fprintf(c, "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
}

// tty prints the size of the terminal, or that there is none.
func tty(string) {
	var size [4]uint16
	_, _, e := syscall.Syscall(syscall.SYS_IOCTL, 1, syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
	if e != 0 {
		fmt.Println("no terminal")
		return
	}
	fmt.Println("terminal", size[1], "x", size[0])
}
