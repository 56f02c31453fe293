package script

import (
	"strings"
	"testing"
)

// The parser descends and the walk repeats; neither may go on for as long as a hostile text can ask for.
func TestLongTextsEnd(t *testing.T) {
	for name, unit := range map[string]string{
		"pipes":             "a | ",
		"and":               "a && ",
		"conditions":        "if true; then ",
		"brackets":          "$(( (",
		"functions":         "f() ",
		"unclosed quotes":   "kubectl \"\n",
		"here-documents":    "cat <<EOF | x\n",
		"loops":             "for a in 1 2 3 4 5 6 7 8 9; do ",
		"namespaces":        "kubectl create ns a\n",
		"labels":            "kubectl label ns a b=c\n",
		"unclosed brackets": "kubectl get $(\n",
		"backquotes":        "`kubectl get x` ",
		"growing variables": "A=$A$A\n",
		"lists":             "kubectl apply -f a,b\n",
	} {
		t.Run(name, func(t *testing.T) {
			size := maxSize
			if strings.HasSuffix(unit, "\n") {
				size /= 8 // nothing descends here
			}
			text := []byte(strings.Repeat(unit, size/len(unit)))
			Read("run.sh", text)
			Read("article.txt", text)
		})
	}
}
