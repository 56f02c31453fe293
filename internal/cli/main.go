package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes of the commands; exec passes on the code of what it ran.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// Main runs the command that the arguments name and returns the exit code. The version is that of the release, if it is
// one.
func Main(version string, args []string, in io.Reader, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the clean-up too
	s := &session{release: version, in: in, out: out, errs: errs}
	root := s.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	var code exitCode
	if errors.As(err, &code) {
		return int(code)
	}
	fmt.Fprintf(errs, "slipway: %v\n", err)
	if !s.understood {
		fmt.Fprintf(errs, "see %q\n", cmd.CommandPath()+" --help")
		return exitUsage
	}
	return exitFailed
}

// exitCode is an error that has been told already, or needs no words.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// session is one run of the program.
type session struct {
	release    string // of this program
	in         io.Reader
	out, errs  io.Writer
	understood bool // the arguments were; what fails from then on is no mistake of usage
	where      whereFlags
	which      whichFlags
}

func (s *session) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "slipway",
		Short: "Runs an application from its Compose file or manifests, on this machine or on Kubernetes",
		Long: `Slipway takes an application that works on a laptop to production: it reads a Compose file or Kubernetes
manifests and runs them, on the engine of this machine or on the cluster that --context names.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { s.understood = true; return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	s.where.add(root)
	root.AddCommand(
		s.audit(), s.up(), s.down(), s.ps(), s.logs(), s.exec(), s.scale(), s.restart(), s.events(),
		s.image(), s.engine(), s.version(),
	)
	for _, c := range root.Commands() {
		s.mark(c)
	}
	return root
}

// mark notes when a command begins to work: its arguments were understood then.
func (s *session) mark(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		s.mark(c)
	}
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			s.understood = true
			err := run(cmd, args)
			var wrong usageError
			if errors.As(err, &wrong) {
				s.understood = false
			}
			return err
		}
	}
}

// usageError is a mistake in the arguments that only the command itself could find.
type usageError struct{ text string }

func (u usageError) Error() string { return u.text }
