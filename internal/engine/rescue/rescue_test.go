package rescue

import (
	"errors"
	"strings"
	"testing"
)

func TestAPanicBecomesAnErrorThatSaysWhere(t *testing.T) {
	var none map[string]int
	err := Do(func() error { none["a"] = 1; return nil })
	if !errors.Is(err, ErrPanic) || !strings.Contains(err.Error(), "rescue/rescue_test.go:11: assignment to entry in nil map") {
		t.Error(err)
	}
	var nobody *struct{ name string }
	err = Do(func() error { return errors.New(nobody.name) })
	if !errors.Is(err, ErrPanic) || !strings.Contains(err.Error(), "rescue/rescue_test.go:16: ") {
		t.Error(err)
	}
}

func TestWorkThatDoesNotPanicReturnsItsError(t *testing.T) {
	want := errors.New("no")
	if err := Do(func() error { return want }); !errors.Is(err, want) {
		t.Error(err)
	}
	if err := Do(func() error { return nil }); err != nil {
		t.Error(err)
	}
}
