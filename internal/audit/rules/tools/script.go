package tools

import "github.com/slipway-sh/slipway/internal/audit/rule"

const (
	shell   = "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html"
	secrets = "https://kubernetes.io/docs/tasks/configmap-secret/managing-secret-using-kubectl/"
)

// scriptRules are about commands that are run beside the manifests (--with).
var scriptRules = []*rule.Rule{
	{ID: "plaintext-credential-in-command", Severity: rule.Risk, Title: "A password is written in a command",
		Why:     "It stays in the file, in the shell's history and, while the command runs, in the list of processes that every user of the machine can read.",
		Advice:  "read it from a file that is not kept with the code (--from-file, --password-stdin) or from a secret store",
		Sources: []string{secrets}},
	{ID: "secret-with-newline", Severity: rule.Broken, Title: "A Secret's value ends with a newline", Fixes: true,
		Why:     "echo prints a newline, and editors end files with one; Kubernetes keeps it as part of the value, and most programs then send a password that is not the one that was set.",
		Advice:  "write it without one: echo -n, or printf %s",
		Sources: []string{secrets + "#create-a-secret"}},
	{ID: "command-typography", Severity: rule.Broken, Title: "A command has the dashes, quotes or spaces of a word processor", Fixes: true,
		Why:     "The shell takes long dashes, curly quotes and non-breaking spaces for letters: the flag becomes a name, the quotes part of the value.",
		Advice:  "write --, plain quotes and plain spaces",
		Sources: []string{shell + "#tag_19_02"}},
	{ID: "continuation-with-space", Severity: rule.Broken, Title: "A space stands after the backslash that continues a line", Fixes: true,
		Why:     "A backslash and a space are an escaped space and no continued line: the command ends here, and the next line runs as a command of its own.",
		Advice:  `remove the space after "\"`,
		Sources: []string{shell + "#tag_19_02_01"}},
	{ID: "script-not-shell", Severity: rule.Broken, Title: "A script is none that a shell can read",
		Why:     "The shell runs what stands before the mistake and stops there, with half of the work done.",
		Advice:  "mend the quotes or brackets",
		Sources: []string{shell}},
	{ID: "script-not-read", Severity: rule.Risk, Title: "A file of commands is too large to be read",
		Why:    "Nothing of what it creates was compared with the manifests, so the audit knows less than it was told.",
		Advice: "check that it is a file of commands; give the part that matters"},
}
