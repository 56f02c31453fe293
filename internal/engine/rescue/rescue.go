package rescue

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"
)

// ErrPanic says that the work panicked: a mistake of the engine's, which its makers want to hear of.
var ErrPanic = errors.New("a mistake of the engine's; please report it")

// Do does the work and returns its error; a panic becomes one that says what and where.
func Do(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic at %s: %v", ErrPanic, place(), p)
		}
	}()
	return work()
}

// place is the line that panicked, as it is seen from a deferred function.
func place() string {
	pcs := make([]uintptr, 16)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") || !more {
			return fmt.Sprintf("%s:%d", path.Join(path.Base(path.Dir(f.File)), path.Base(f.File)), f.Line)
		}
	}
}
