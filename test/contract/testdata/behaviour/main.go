// Command behaviour does what its first argument says: serves, hangs, succeeds, fails.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	switch os.Args[1] {
	case "succeeds":
		os.Exit(0)
	case "fails":
		os.Exit(1)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	fmt.Println("at sea")
	fmt.Println("by the wind")
	<-stop
	if os.Args[1] == "hangs" {
		os.Exit(1) // it has not done what it was started for
	}
}
