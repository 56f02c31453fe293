// Command boat is a small service whose environment says how it goes wrong.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) > 1 {
		health()
	}
	if os.Getenv("SINKS") != "" {
		fmt.Println("there is a hole in the hull")
		os.Exit(3)
	}
	l, err := net.Listen("tcp", ":8080")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	go serve(l)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
}

// serve answers every connection with the version, as HTTP/1.0 does.
func serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			_, _ = c.Read(make([]byte, 4096))
			fmt.Fprintf(c, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n%s\n", os.Getenv("VERSION"))
		}()
	}
}

// health is the health check.
func health() {
	if os.Getenv("ADRIFT") != "" {
		fmt.Println("no land in sight")
		os.Exit(1)
	}
	os.Exit(0)
}
