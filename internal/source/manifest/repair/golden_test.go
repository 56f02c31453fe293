package repair

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/edit"
)

var update = flag.Bool("update", false, "write what Document says into testdata")

// A golden case is one file: the text as written, and what is expected of it. \xNN and \uNNNN in it stand for the
// characters that are not to be seen.
//
//	problems     what was found, one a line; "none"
//	mended.yaml  what is read on; "the same" or, if it is no YAML, nothing
//	file.yaml    what the edits make of the file, where that is something else
func TestTextsAreReadAsTheirAuthorsMeantThem(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 35 {
		t.Fatal("golden cases are missing", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, file) })
	}
}

func golden(t *testing.T, file string) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := shown.real(string(a.Files[0].Data))
	mended, problems, ok := Document(a.Files[0].Name, 1, []byte(text))
	got := []txtar.File{a.Files[0], {Name: "problems", Data: []byte(say(problems))}}
	if ok != (parse(mended) == nil) {
		t.Errorf("ok is %v and the text is no such", ok)
	}
	if a, b := strings.Count(text, "\n"), strings.Count(string(mended), "\n"); a != b {
		t.Errorf("%d lines became %d", a, b)
	}
	switch {
	case string(mended) == text:
		got = append(got, txtar.File{Name: "mended.yaml", Data: []byte("the same\n")})
	case ok:
		got = append(got, txtar.File{Name: "mended.yaml", Data: []byte(shown.visible(string(mended)))})
	}
	if fixed := applied(t, text, problems); fixed != text && fixed != string(mended) {
		got = append(got, txtar.File{Name: "file.yaml", Data: []byte(shown.visible(fixed))})
	}
	after := &txtar.Archive{Comment: a.Comment, Files: got}
	if *update {
		if err := os.WriteFile(file, txtar.Format(after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(txtar.Format(a)), string(txtar.Format(after))); diff != "" {
		t.Error(diff)
	}
}

func say(problems []objects.Problem) string {
	if len(problems) == 0 {
		return "none\n"
	}
	var b strings.Builder
	for _, p := range problems {
		how := ""
		if p.Mended {
			how = " (mended)"
		}
		fmt.Fprintf(&b, "%d: %s%s: %s\n  %s\n", p.Origin.Line, p.Rule, how, p.Text, p.Advice)
	}
	return b.String()
}

// applied is the file after all edits, which must agree with each other; a second look finds nothing more to edit.
func applied(t testing.TB, text string, problems []objects.Problem) string {
	var all []objects.Edit
	for _, p := range problems {
		all = append(all, p.Edits...)
	}
	out, left := edit.Apply([]byte(text), all)
	for _, l := range left {
		t.Errorf("edit of lines %d to %d: %v", l.Edit.First, l.Edit.Last, l.Err)
	}
	_, again, _ := Document("f.yaml", 1, out)
	for _, p := range again {
		if len(p.Edits) > 0 {
			t.Errorf("after the edits, %s is found again: %s", p.Rule, p.Text)
		}
	}
	return string(out)
}

// notation is how characters that cannot be seen are written in a case.
type notation [][2]string

var shown = notation{{`\u00a0`, "\u00a0"}, {`\u202f`, "\u202f"}, {`\u200b`, "\u200b"}, {`\ufeff`, "\ufeff"}, {`\x1b`, "\x1b"},
	{`\x07`, "\x07"}, {`\xe9`, "\xe9"}, {`\x93`, "\x93"}, {`\x94`, "\x94"}, {`\t`, "\t"}, {`\r`, "\r"}, {`\u0020`, " "}}

func (n notation) real(s string) string {
	for _, c := range n {
		s = strings.ReplaceAll(s, c[0], c[1])
	}
	return s
}

func (n notation) visible(s string) string {
	for _, c := range n[:len(n)-1] {
		if c[1] >= "\x80" && c[1] < "\xc0" || c[1] == "\xe9" {
			continue // never in a text that is UTF-8 by now
		}
		s = strings.ReplaceAll(s, c[1], c[0])
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if rest := strings.TrimRight(l, " "); rest != l {
			lines[i] = rest + strings.Repeat(`\u0020`, len(l)-len(rest))
		}
	}
	return strings.Join(lines, "\n")
}
