package compose

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/compose-spec/compose-go/v2/schema"
	"github.com/sirupsen/logrus"
	"go.yaml.in/yaml/v4"
)

var logging sync.Mutex

// quietly keeps compose-go from writing to the terminal: what it warns of, the reader notes with a place. compose-go
// may also panic at values of a sort that it does not expect before it has looked at the schema; that becomes an error.
func quietly[T any](f func() (T, error)) (result T, err error) {
	logging.Lock()
	defer logging.Unlock()
	out := logrus.StandardLogger().Out
	logrus.SetOutput(io.Discard)
	defer logrus.SetOutput(out)
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{p}
		}
	}()
	return f()
}

type panicError struct{ value any }

func (p *panicError) Error() string {
	return fmt.Sprintf("a value is of a sort that the Compose Specification has not there (%v)", p.value)
}

// schemaError finds what the schema says against one of the files, where compose-go did not come so far.
func (r *reader) schemaError() error {
	for _, file := range sortedKeys(r.places.Files) {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var doc map[string]any
		if err := yaml.Unmarshal(text, &doc); err != nil {
			return err
		}
		if err := schema.Validate(doc); err != nil {
			return err
		}
	}
	return nil
}
