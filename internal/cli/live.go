package cli

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/slipway-sh/slipway/internal/deliver"
	"github.com/slipway-sh/slipway/internal/objects"
)

// frame is how often a terminal is redrawn at the most.
const frame = 50 * time.Millisecond

// live is a list on a terminal, one line per object that is on its way; what has arrived scrolls up.
type live struct {
	*session
	mu     sync.Mutex
	rows   []*row // on their way, in the order in which they came
	drawn  int    // lines of the list on the terminal
	dirty  bool
	ticker *time.Ticker
	done   chan struct{}
}

type row struct {
	object, text string
	since        time.Time
}

func newLive(s *session) *live {
	l := &live{session: s, ticker: time.NewTicker(frame), done: make(chan struct{})}
	go func() {
		for {
			select {
			case <-l.done:
				return
			case <-l.ticker.C:
				l.mu.Lock()
				if l.dirty {
					l.draw()
				}
				l.mu.Unlock()
			}
		}
	}()
	return l
}

const (
	green  = "\x1b[32m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	faint  = "\x1b[2m"
	plain  = "\x1b[0m"
)

var marks = map[deliver.Phase]string{
	deliver.Applied: green + "✓" + plain, deliver.Ready: green + "✓" + plain, deliver.Deleted: green + "✓" + plain,
	deliver.Failed: red + "✗" + plain, deliver.RolledBack: yellow + "↺" + plain,
}

func (l *live) note(n objects.Note) { l.line(yellow + "!" + plain + " " + n.String()) }

func (l *live) line(text string) { l.above(text) }

func (l *live) status(object, text string) {
	if strings.HasPrefix(text, "built") {
		l.drop(object)
		l.above(marks[deliver.Ready] + " " + object + " " + faint + text + plain)
		return
	}
	l.set(object, text)
}

func (l *live) event(e deliver.Event) {
	object := e.Object.String()
	switch {
	case e.Action == deliver.Unchanged && e.Message == "":
	case e.Phase == deliver.Waiting:
		l.set(object, e.Message)
	default:
		l.drop(object)
		l.above(marks[e.Phase] + " " + object + " " + faint + strings.TrimPrefix(e.String(), object+": ") + plain)
	}
}

func (l *live) result(r result) {
	l.close()
	printResult(l.out, r)
}

func (l *live) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.done:
		return
	default:
	}
	close(l.done)
	l.ticker.Stop()
	l.erase()
}

// set gives an object that is on its way its line.
func (l *live) set(object, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dirty = true
	for _, r := range l.rows {
		if r.object == object {
			r.text = text
			return
		}
	}
	l.rows = append(l.rows, &row{object, text, time.Now()})
}

func (l *live) drop(object string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, r := range l.rows {
		if r.object == object {
			l.rows = append(l.rows[:i], l.rows[i+1:]...)
			l.dirty = true
			return
		}
	}
}

// above writes a line over the list.
func (l *live) above(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
	fmt.Fprintln(l.out, text)
	l.draw()
}

func (l *live) erase() {
	if l.drawn > 0 {
		fmt.Fprintf(l.out, "\x1b[%dA\x1b[J", l.drawn)
		l.drawn = 0
	}
}

func (l *live) draw() {
	l.erase()
	width := 80
	if f, ok := l.out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 20 {
			width = w
		}
	}
	for _, r := range l.rows {
		text := []rune(fmt.Sprintf("  %s: %s (%.0f s)", r.object, r.text, time.Since(r.since).Seconds()))
		fmt.Fprintln(l.out, string(text[:min(len(text), width-1)]))
	}
	l.drawn = len(l.rows)
	l.dirty = len(l.rows) > 0 // the seconds go on
}
