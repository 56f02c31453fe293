// Command program does what its arguments say, one after another; each is VERB or VERB=VALUE.
//
// DESIGN. One program with many small habits, so that a test says in its pod what the container does. It speaks with
// the kernel alone and needs no file of its image.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	for _, arg := range os.Args[1:] {
		verb, value, _ := strings.Cut(arg, "=")
		do, ok := verbs[verb]
		if !ok {
			fmt.Fprintln(os.Stderr, "no such verb:", verb)
			os.Exit(64)
		}
		do(value)
	}
}

var verbs = map[string]func(string){
	"say":    func(s string) { fmt.Println(s) },
	"part":   func(s string) { fmt.Print(s) },
	"err":    func(s string) { fmt.Fprintln(os.Stderr, s) },
	"exit":   func(s string) { os.Exit(number(s)) },
	"sleep":  func(s string) { d, err := time.ParseDuration(s); check(err); time.Sleep(d) },
	"wait":   waitTerm,
	"append": appendTo,
	"deaf":   func(string) { signal.Ignore(syscall.SIGTERM); time.Sleep(time.Hour) },
	"cat":    func(s string) { b, err := os.ReadFile(s); check(err); _, err = os.Stdout.Write(b); check(err) },
	"env":    func(s string) { fmt.Println(s + "=" + os.Getenv(s)) },
	"ls":     list,
	"lines":  lines,
	"tick":   tick,
	"eat":    eat,
	"write":  write,
	"rm":     func(s string) { check(os.Remove(s)) },
	"touch":  func(s string) { f, err := os.Create(s); check(err); check(f.Close()) },
	"need":   func(s string) { _, err := os.Stat(s); check(err) },
	"once":   once,
	"id":     func(string) { g, _ := os.Getgroups(); fmt.Println(os.Getuid(), os.Getgid(), g) },
	"stat":   stat,
	"serve":  serve,
	"echo":   echo,
	"stdin":  func(string) { b := make([]byte, 4096); n, _ := os.Stdin.Read(b); fmt.Printf("%s", b[:n]) },
	"tty":    tty,
	"keyctl": func(string) { _, _, e := syscall.Syscall(250, 0, 0, 0); fmt.Println("keyctl:", e) },
	"pid":    func(string) { fmt.Println(os.Getpid()) },
	"host":   func(string) { h, err := os.Hostname(); check(err); fmt.Println(h) },
	"bench":  func(string) { fmt.Println(time.Now().UnixNano()) },
	"reap":   reap,
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	check(err)
	return n
}

// wait or wait=PATH waits for a signal and writes which it was.
func waitTerm(path string) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT)
	s := <-c
	fmt.Println("got", s)
	if path != "" {
		check(os.WriteFile(path, []byte(s.String()), 0o644))
	}
}

// append=PATH:TEXT adds a line.
func appendTo(s string) {
	path, text, _ := strings.Cut(s, ":")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	check(err)
	_, err = f.WriteString(text + "\n")
	check(err)
	check(f.Close())
}

// lines=N prints N numbered lines.
func lines(s string) {
	for i := range number(s) {
		fmt.Println("line", i)
	}
}

// tick=N prints a line every millisecond, N times, and dies of nothing but the end.
func tick(s string) {
	for i := range number(s) {
		if _, err := fmt.Println("tick", i); err != nil {
			os.Exit(99)
		}
		time.Sleep(time.Millisecond)
	}
}

// eat=MiB uses that much memory.
func eat(s string) {
	var all [][]byte
	for range number(s) {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = 1
		}
		all = append(all, b)
	}
	fmt.Println(len(all))
}

// write=PATH:TEXT
func write(s string) {
	path, text, _ := strings.Cut(s, ":")
	check(os.WriteFile(path, []byte(text), 0o644))
}

// once=PATH goes on the first time, and the second time ends the program well.
func once(s string) {
	if _, err := os.Stat(s); err == nil {
		os.Exit(0)
	}
	check(os.WriteFile(s, nil, 0o644))
}

func list(s string) {
	e, err := os.ReadDir(s)
	check(err)
	for _, f := range e {
		fmt.Println(f.Name())
	}
}

func stat(s string) {
	var st syscall.Stat_t
	check(syscall.Stat(s, &st))
	fmt.Printf("%s %d:%d %04o\n", s, st.Uid, st.Gid, st.Mode&0o7777)
}

// reap is a first process that collects the processes left to it, until it is told to end.
func reap(string) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGCHLD, syscall.SIGTERM)
	for s := range c {
		if s == syscall.SIGTERM {
			return
		}
		for {
			var ws syscall.WaitStatus
			if pid, err := syscall.Wait4(-1, &ws, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}

func echo(s string) {
	l, err := net.Listen("tcp", ":"+s)
	check(err)
	for {
		c, err := l.Accept()
		check(err)
		go func() {
			b := make([]byte, 1024)
			n, _ := c.Read(b)
			fmt.Fprintf(c, "echo %s", b[:n])
			c.Close()
		}()
	}
}
