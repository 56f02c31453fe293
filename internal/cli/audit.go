package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/slipway-sh/slipway/internal/audit"
	"github.com/slipway-sh/slipway/internal/audit/report"
	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/mend"
	"github.com/slipway-sh/slipway/internal/source"
)

type auditFlags struct {
	with, values, ignore, before []string
	failOn, output, namespace    string
	profiles                     []string
	fix, dryRun, quiet           bool
}

func (s *session) audit() *cobra.Command {
	var f auditFlags
	cmd := &cobra.Command{
		Use:   "audit [FILE…]",
		Short: "Says what keeps the application from production, and mends what it can",
		Long: `Audit reads Compose files, manifests, kustomizations, charts and Terraform files, and says what a Kubernetes API
would refuse, what it would take and what would not work then, and what is a risk in production: where, why, and what
to do. Folders are read whole, "-" is the standard input; without a file it reads what "up" would.
It needs no root, no engine and no cluster.`,
		Example: `  slipway audit k8s/ compose.yaml
  slipway audit k8s/ --with setup.sh          # secrets and namespaces that a script creates count
  slipway audit k8s/ --fix --dry-run          # shows what would be mended
  slipway audit -o sarif k8s/ > audit.sarif
  slipway audit explain service-selects-nothing`,
		RunE: func(cmd *cobra.Command, args []string) error { return s.runAudit(cmd.Context(), args, f) },
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.with, "with", nil, "`FILE` of commands that are run beside the manifests (kubectl create secret …), can be repeated")
	fl.StringArrayVar(&f.values, "values", nil, "`FILE` of values for charts, can be repeated")
	fl.StringSliceVar(&f.profiles, "profile", nil, "Compose `PROFILE` to include, can be repeated")
	fl.StringVarP(&f.namespace, "namespace", "n", "", "`NAMESPACE` of objects that name none")
	fl.StringArrayVar(&f.ignore, "ignore", nil, "`FILE` that says what is not to be found, and why (default: "+audit.IgnoreFile+" beside the files), can be repeated")
	fl.StringArrayVar(&f.before, "before", nil, "`FILE` or folder with what runs today: changes that an API would refuse are found, can be repeated")
	fl.StringVar(&f.failOn, "fail-on", string(rule.Broken), "exit with 1 if anything as bad as this `SEVERITY` is found: refused, broken, risk or none")
	fl.StringVarP(&f.output, "output", "o", "text", "`FORMAT`: text, json, sarif or junit")
	fl.BoolVar(&f.fix, "fix", false, "mend in the files what has one right answer")
	fl.BoolVar(&f.dryRun, "dry-run", false, "with --fix: only print the difference")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print only the counts")
	cmd.AddCommand(s.auditRules(), s.auditExplain())
	return cmd
}

func (f *auditFlags) check() error {
	switch {
	case f.failOn != "none" && !slices.Contains(rule.Severities, rule.Severity(f.failOn)):
		return usageError{fmt.Sprintf("severity %q is not known; refused, broken, risk and none are", f.failOn)}
	case !slices.Contains([]string{"text", "json", "sarif", "junit"}, f.output):
		return usageError{fmt.Sprintf("output %q is not known; text, json, sarif and junit are", f.output)}
	case f.dryRun && !f.fix:
		return usageError{"--dry-run goes with --fix"}
	}
	return nil
}

func (s *session) runAudit(ctx context.Context, paths []string, f auditFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	debug.SetGCPercent(200) // it lives for a moment: an eighth more memory is a fifth less time
	ignores, err := s.ignores(paths, f.ignore)
	if err != nil {
		return err
	}
	overlay, err := s.standardInput(paths, f)
	if err != nil {
		return err
	}
	opts := source.Options{Overlay: overlay, Profiles: f.profiles, Namespace: f.namespace, Values: f.values, With: f.with, Before: f.before}
	if !f.quiet {
		defer s.busy("reading and judging …")()
	}
	done, err := interruptible(ctx, func() (*mend.Result, error) {
		if f.fix {
			return mend.Run(ctx, paths, opts, ignores)
		}
		left, err := mend.Audit(ctx, paths, opts, ignores)
		return &mend.Result{Left: left}, err
	})
	if err != nil {
		return err
	}
	if err := s.mended(done, f); err != nil {
		return err
	}
	findings := done.Left
	if !f.fix || !f.dryRun {
		if err := s.report(findings, f); err != nil {
			return err
		}
	}
	if f.failOn != "none" && slices.ContainsFunc(findings, func(x *audit.Finding) bool {
		return x.Ignored == "" && x.Severity().AtLeast(rule.Severity(f.failOn))
	}) {
		return exitCode(exitFailed)
	}
	return nil
}

// standardInput reads it once, if it is one of the files.
func (s *session) standardInput(paths []string, f auditFlags) (map[string][]byte, error) {
	if !slices.Contains(paths, source.Stdin) {
		return nil, nil
	}
	if f.fix && !f.dryRun {
		return nil, usageError{"the standard input cannot be mended in place; add --dry-run to see the difference"}
	}
	text, err := io.ReadAll(s.in)
	return map[string][]byte{source.Stdin: text}, err
}

// busy says what is being done if it takes longer than a moment.
func (s *session) busy(what string) (stop func()) {
	t := time.AfterFunc(time.Second, func() { fmt.Fprintln(s.errs, what) })
	return func() { t.Stop() }
}

// interruptible ends waiting for work that only computes when the command is interrupted; the work is thrown away.
func interruptible[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := work()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, errors.New("interrupted; no file was changed")
	}
}

// mended shows or makes the changes, and says which files they are in.
func (s *session) mended(done *mend.Result, f auditFlags) error {
	if f.dryRun {
		fmt.Fprint(s.out, done.Diff())
		return nil
	}
	if err := done.Write(); err != nil {
		return err
	}
	if f.output == "text" {
		for _, c := range done.Changes {
			fmt.Fprintf(s.out, "mended %s: %s\n", c.File, strings.Join(c.Rules, ", "))
		}
		if len(done.Changes) > 0 && !f.quiet {
			fmt.Fprintln(s.out)
		}
	}
	return nil
}

func (s *session) report(findings []*audit.Finding, f auditFlags) error {
	switch f.output {
	case "json":
		return report.JSON(s.out, findings)
	case "sarif":
		return report.SARIF(s.out, findings)
	case "junit":
		return report.JUnit(s.out, findings)
	}
	report.Text(s.out, findings, report.Style{Color: isTerminal(s.out), Quiet: f.quiet})
	return nil
}

// ignores reads what is not to be found.
func (s *session) ignores(paths, files []string) ([]audit.Ignore, error) {
	if len(files) == 0 {
		files = audit.IgnoreFiles(paths)
	}
	var all []audit.Ignore
	for _, file := range files {
		list, err := audit.ReadIgnores(file)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

func (s *session) auditRules() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "rules", Short: "Lists all rules", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			switch output {
			case "":
				return report.Rules(s.out, audit.Rules())
			case "json":
				return report.RulesJSON(s.out, audit.Rules())
			}
			return usageError{fmt.Sprintf("output %q is not known; json is", output)}
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "`FORMAT`: json")
	return cmd
}

func (s *session) auditExplain() *cobra.Command {
	return &cobra.Command{
		Use: "explain RULE…", Short: "Says why a rule is, with an example and its sources", Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var errs []error
			for i, id := range args {
				r := audit.Find(id)
				if r == nil {
					errs = append(errs, fmt.Errorf("rule %s: there is none of that name%s; list them with \"slipway audit rules\"", id, similar(id)))
					continue
				}
				if i > 0 {
					fmt.Fprintln(s.out)
				}
				report.Explain(s.out, r, report.Style{Color: isTerminal(s.out)})
			}
			return errors.Join(errs...)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, r := range audit.Rules() {
				ids = append(ids, r.ID)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// similar names rules that share a word with what was typed.
func similar(id string) string {
	var near []string
	for _, r := range audit.Rules() {
		for _, word := range strings.Split(id, "-") {
			if len(word) > 3 && strings.Contains(r.ID, word) {
				near = append(near, r.ID)
				break
			}
		}
	}
	if len(near) == 0 {
		return ""
	}
	return " (there is " + strings.Join(near[:min(len(near), 5)], ", ") + ")"
}
