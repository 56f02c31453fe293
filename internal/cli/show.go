package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/slipway-sh/slipway/internal/deliver"
	"github.com/slipway-sh/slipway/internal/objects"
)

// shower shows what a command is doing: to a person at a terminal, in a log, to a program, or not at all.
type shower interface {
	note(objects.Note)
	line(string)                // something that happened
	status(object, text string) // where an object stands, as it changes
	event(deliver.Event)
	result(result)
	close()
}

// result is how it ended well.
type result struct {
	Application string    `json:"application"`
	Namespace   string    `json:"namespace"`
	Summary     string    `json:"summary"`
	Seconds     float64   `json:"seconds"`
	Changes     []change  `json:"changes"`
	Addresses   []address `json:"addresses"`
}

type change struct {
	Object string `json:"object"`
	Action string `json:"action"`
}

func changesOf(c *deliver.ChangeSet) []change {
	list := make([]change, 0, len(c.Changes))
	for _, ch := range c.Changes {
		list = append(list, change{ch.Object.String(), ch.Action.Past()})
	}
	return list
}

func (s *session) shower(quiet bool, output string) shower {
	switch {
	case output == "json":
		return &jsonShower{json.NewEncoder(s.out)}
	case quiet:
		return newPlain(s, true)
	case isTerminal(s.out):
		return newLive(s)
	}
	return newPlain(s, false)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// plainShower writes a line for everything that happens, once.
type plainShower struct {
	*session
	quiet bool
	mu    sync.Mutex
	last  map[string]string // of each object
}

func newPlain(s *session, quiet bool) *plainShower {
	return &plainShower{session: s, quiet: quiet, last: map[string]string{}}
}

func (p *plainShower) note(n objects.Note) { p.line(n.String()) }

func (p *plainShower) line(text string) {
	if !p.quiet {
		fmt.Fprintln(p.errs, text)
	}
}

func (p *plainShower) status(object, text string) { p.line(object + ": " + text) }

func (p *plainShower) event(e deliver.Event) {
	if e.Action == deliver.Unchanged && e.Message == "" {
		return
	}
	object, text := e.Object.String(), e.String()
	p.mu.Lock()
	again := p.last[object] == text
	p.last[object] = text
	p.mu.Unlock()
	if !again {
		p.line(text)
	}
}

func (p *plainShower) result(r result) { printResult(p.out, r) }
func (p *plainShower) close()          {}

func printResult(w io.Writer, r result) {
	fmt.Fprintf(w, "%s: %s (%s)\n", r.Application, r.Summary, seconds(time.Duration(r.Seconds*float64(time.Second))))
	for _, a := range r.Addresses {
		fmt.Fprintf(w, "  %-12s %s\n", a.Service, a.URL)
	}
}

// jsonShower writes one JSON object per line: {"type":"note"|"status"|"event"|"result", …}; docs/cli.md has the fields.
type jsonShower struct{ enc *json.Encoder }

func (j *jsonShower) note(n objects.Note) {
	_ = j.enc.Encode(map[string]any{"type": "note", "severity": n.Severity, "file": n.Origin.File, "line": n.Origin.Line, "text": n.Text})
}

func (j *jsonShower) line(text string) { j.status("", text) }

func (j *jsonShower) status(object, text string) {
	_ = j.enc.Encode(map[string]any{"type": "status", "object": object, "text": text})
}

func (j *jsonShower) event(e deliver.Event) {
	_ = j.enc.Encode(map[string]any{"type": "event", "kind": e.Object.Kind, "namespace": e.Object.Namespace, "name": e.Object.Name,
		"action": e.Action, "phase": e.Phase, "message": e.Message})
}

func (j *jsonShower) result(r result) {
	_ = j.enc.Encode(struct {
		Type string `json:"type"`
		result
	}{"result", r})
}

func (j *jsonShower) close() {}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
