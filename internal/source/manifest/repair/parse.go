package repair

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// parse tells whether a text is YAML from its begin to its end.
func parse(text []byte) error {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var n yaml.Node
		if err := dec.Decode(&n); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// scalar tells whether a text is a plain one, which no file of configuration is.
func scalar(text []byte) bool {
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil || len(n.Content) == 0 {
		return false
	}
	c := n.Content[0]
	return c.Kind == yaml.ScalarNode && c.Style == 0 && c.Value != "" && c.Tag == "!!str"
}

// shape writes what a text says, without how it says it.
func shape(text []byte) string {
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil {
		return ""
	}
	var b strings.Builder
	write(&b, &n)
	return b.String()
}

func write(b *strings.Builder, n *yaml.Node) {
	b.WriteByte(byte('0' + n.Kind))
	b.WriteString(n.Value + "(")
	for _, c := range n.Content {
		write(b, c)
	}
	b.WriteByte(')')
}

// breaksAt finds the line, from 0, up to which a text is YAML, by parsing ever closer beginnings of it.
func breaksAt(lines []line) int {
	good, bad := 0, len(lines)
	for good+1 < bad {
		mid := (good + bad) / 2
		if parse(join(lines[:mid])) == nil {
			good = mid
		} else {
			bad = mid
		}
	}
	return max(bad-1, 0)
}
