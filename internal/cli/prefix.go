package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// prefixed writes lines of several sources, each after its name; in colours on a terminal.
type prefixed struct {
	mu     sync.Mutex
	out    io.Writer
	colour bool
	names  map[string]int
	width  int
}

func prefixer(out io.Writer) *prefixed {
	return &prefixed{out: out, colour: isTerminal(out), names: map[string]int{}}
}

// write prints one line; a missing line end is added.
func (p *prefixed) write(name, line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, known := p.names[name]
	if !known {
		n = len(p.names)
		p.names[name] = n
		p.width = max(p.width, len(name))
	}
	line = strings.TrimSuffix(line, "\n")
	if p.colour {
		const first, colours = 31, 6 // red to cyan
		fmt.Fprintf(p.out, "\x1b[%dm%-*s |\x1b[0m %s\n", first+n%colours, p.width, name, line)
		return
	}
	fmt.Fprintf(p.out, "%-*s | %s\n", p.width, name, line)
}
