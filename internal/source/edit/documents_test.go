package edit_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/slipway-sh/slipway/internal/source/edit"
	"go.yaml.in/yaml/v4"
)

func TestDocumentsAreWhereYAMLHasThem(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no text", "", "[]"},
		{"blank lines", "\n \n", "[]"},
		{"comments only", "# a\n# b\n", "[]"},
		{"one without a mark", "a: 1\n", "[{1 1}]"},
		{"one without newline", "a: 1", "[{1 1}]"},
		{"comments belong to the document without a mark", "# a\n\na: 1\nb: 2\n", "[{1 4}]"},
		{"comments before the mark belong to none", "# a\n---\na: 1\n", "[{2 3}]"},
		{"a mark alone", "---", "[{1 1}]"},
		{"two marks", "---\n---\na: 1\n", "[{1 1} {2 3}]"},
		{"an open mark at the end", "a: 1\n---\n", "[{1 1} {2 2}]"},
		{"content beside the mark", "--- a\n--- |\n x\n", "[{1 1} {2 3}]"},
		{"a tab beside the mark", "---\ta\n", "[{1 1}]"},
		{"no mark without a blank", "---a\n", "[{1 1}]"},
		{"a mark within a block scalar is none when indented", "a: |\n  ---\n  x\n---\nb: 1\n", "[{1 3} {4 5}]"},
		{"an end mark", "a: 1\n...\n# c\n---\nb: 1\n...\n...\n", "[{1 2} {4 6}]"},
		{"directives", "# c\n%YAML 1.1\n# d\n---\na: 1\n", "[{2 5}]"},
		{"byte order mark", "\ufeff---\na: 1\n---\n", "[{1 2} {3 3}]"},
		{"byte order mark and a comment", "\ufeff# a\n---\na: 1\n", "[{2 3}]"},
		{"CRLF", "# a\r\n---\r\na: 1\r\n---\r\nb: 1\r\n", "[{2 3} {4 5}]"},
		{"CR alone", "a: 1\r---\rb: 1\r", "[{1 1} {2 3}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := edit.Documents([]byte(c.text))
			if fmt.Sprint(got) != c.want && (len(got) > 0 || c.want != "[]") {
				t.Errorf("got %v, want %s", got, c.want)
			}
			if n, err := count([]byte(c.text)); err != nil || n != len(got) {
				t.Errorf("the parser counts %d, %v", n, err)
			}
		})
	}
}

func count(text []byte) (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	for dec := yaml.NewDecoder(bytes.NewReader(text)); ; n++ {
		var doc yaml.Node
		if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}
