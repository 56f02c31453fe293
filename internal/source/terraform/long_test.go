package terraform

import (
	"strings"
	"testing"
)

// The parser descends and values refer to each other; neither may go on for as long as a hostile text can ask for.
func TestLongTextsEnd(t *testing.T) {
	for name, text := range map[string]string{
		"brackets":      "a = " + strings.Repeat("[", maxSize-10),
		"signs":         "a = " + strings.Repeat("-!", maxSize/2-10),
		"heredocs":      strings.Repeat("a = <<A\n", maxSize/10),
		"conditions":    "a = " + strings.Repeat("a?b:", maxSize/5),
		"blocks":        strings.Repeat("resource \"google_compute_disk\" \"a\" {}\n", maxSize/40),
		"pools":         strings.Repeat("resource \"google_container_node_pool\" \"a\" {\nnode_count=1\n}\n", maxSize/70),
		"broken lines":  strings.Repeat("this is prose\n", maxSize/20),
		"wrapped":       "locals {\n" + strings.Repeat("a = \"${var.b}\"\n", maxSize/20) + "}\n",
		"undeclared":    "output \"x\" {\nvalue = [" + strings.Repeat("var.b, ", maxSize/10) + "]\n}\n",
		"fan-out":       "locals {\nb = 1\n" + strings.Repeat("a = \"${local.a}${local.a}${local.a}\"\n", 1) + "}\nresource \"google_compute_disk\" \"d\" {\nsize = local.a\n}\n",
		"many names":    many("variable \"region_%\" {}\nresource \"x_y\" \"r%\" {\nzone = \"a-b1-c\"\n}\n"),
		"undeclared 2":  many("resource \"x_y\" \"r%\" {\na = z_y.r%.id\n}\n"),
		"typographic":   strings.Repeat("a = “b”\n", maxSize/20),
		"many ellipses": strings.Repeat("...\n", maxSize/5),
	} {
		t.Run(name, func(t *testing.T) {
			ReadAll(map[string][]byte{"main.tf": []byte(text)})
		})
	}
}

func many(unit string) string {
	var b strings.Builder
	for i := 0; b.Len() < maxSize-200; i++ {
		n := strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i%11)
		b.WriteString(strings.ReplaceAll(unit, "%", n))
	}
	return b.String()
}
