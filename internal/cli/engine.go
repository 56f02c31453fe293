package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/home"
)

func (s *session) engine() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "engine",
		Short: "The engine of this machine: start, stop, status; bare, it runs in the foreground",
		Long: `The engine runs pods on this machine and serves the Kubernetes API over them. Bare, the command becomes the engine,
in the foreground, as a service manager wants it. Containers outlive the engine: started again, it takes them over.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := root("engine"); err != nil {
				return err
			}
			program, err := findEngine()
			if err != nil {
				return err
			}
			return fmt.Errorf("%s: %w", program, syscall.Exec(program, []string{engineProgram}, os.Environ()))
		},
	}
	cmd.AddCommand(s.engineStart(), s.engineStop(), s.engineStatus(), s.engineUnit())
	return cmd
}

func root(command string) error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("%w: run sudo slipway %s", errNeedsRoot, command)
	}
	return nil
}

func (s *session) engineStart() *cobra.Command {
	return &cobra.Command{
		Use:   "start",
		Short: "Starts the engine in the background and returns when it answers",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := root("engine start"); err != nil {
				return err
			}
			dir := home.Default()
			if engineRuns(cmd.Context(), dir) {
				fmt.Fprintln(s.out, "the engine runs already")
				return nil
			}
			took, err := startEngine(cmd.Context(), dir)
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "the engine runs (ready in %s); kubectl --kubeconfig %s works on it\n", seconds(took), dir.Kubeconfig())
			return nil
		},
	}
}

// stopTimeout is how long the engine may take to end.
const stopTimeout = time.Minute

func (s *session) engineStop() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "stop",
		Short: "Stops the engine; its containers run on unless --all",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := root("engine stop"); err != nil {
				return err
			}
			dir := home.Default()
			pid, running := engineProcess(dir)
			if !running && !all {
				return errors.New("the engine is not running; stop --all ends containers that it may have left")
			}
			if running {
				if err := stopEngine(cmd.Context(), dir, pid); err != nil {
					return err
				}
			}
			if !all {
				fmt.Fprintln(s.out, "the engine has stopped; containers run on, and the engine takes them over when it starts (stop --all ends them too)")
				return nil
			}
			program, err := findEngine()
			if err != nil {
				return err
			}
			if out, err := exec.CommandContext(cmd.Context(), program, "teardown").CombinedOutput(); err != nil {
				return fmt.Errorf("end the containers: %w\n%s", err, bytes.TrimSpace(out))
			}
			fmt.Fprintln(s.out, "the engine has stopped, and so have all containers; they start again with it")
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "end the containers too")
	return cmd
}

// stopEngine ends the engine and returns when it has.
func stopEngine(ctx context.Context, dir home.Dir, pid int) error {
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("the engine, process %d: %w", pid, err)
	}
	timeout := time.After(stopTimeout)
	for {
		if _, running := engineProcess(dir); !running {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the engine, process %d, is still stopping: %w", pid, ctx.Err())
		case <-timeout:
			return fmt.Errorf("the engine, process %d, does not stop; see %s", pid, dir.EngineLog())
		case <-time.After(startGlance):
		}
	}
}

// engineProcess finds the engine by the file that it keeps locked.
func engineProcess(dir home.Dir) (pid int, running bool) {
	f, err := os.Open(dir.EnginePID())
	if err != nil {
		return 0, false
	}
	defer f.Close()
	if syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) == nil {
		return 0, false // nobody holds it; ours ends with the file
	}
	text := make([]byte, 32)
	n, _ := f.Read(text)
	pid, err = strconv.Atoi(strings.TrimSpace(string(text[:n])))
	return pid, err == nil && pid > 1
}

func (s *session) engineStatus() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Says whether the engine runs, where it answers and what it carries; exit code 1 if it does not run",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir := home.Default()
			if _, err := os.Stat(dir.EnginePID()); errors.Is(err, os.ErrPermission) {
				return root("engine status") // another user cannot see whether it runs
			}
			pid, running := engineProcess(dir)
			if !running || !engineRuns(cmd.Context(), dir) {
				return errNoEngine
			}
			c, err := s.where.connect()
			if err != nil {
				return err
			}
			pods, err := c.client.CoreV1().Pods("").List(cmd.Context(), metav1.ListOptions{})
			if err != nil {
				return err
			}
			count := map[string]int{}
			for i := range pods.Items {
				count[string(pods.Items[i].Status.Phase)]++
			}
			fmt.Fprintf(s.out, "running     process %d\nAPI         %s\nkubeconfig  %s\ngateway     %s\npods        %d running, %d in all\nfiles       %s\nlog         %s\n",
				pid, c.config.Host, dir.Kubeconfig(), dash(c.gateway(cmd.Context())), count["Running"], len(pods.Items), dir.Root, dir.EngineLog())
			return nil
		},
	}
}

func (s *session) engineUnit() *cobra.Command {
	return &cobra.Command{
		Use:   "unit",
		Short: "Prints a systemd unit that runs the engine",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			program, err := findEngine()
			if err != nil {
				return err
			}
			environment := ""
			if root := os.Getenv("SLIPWAY_ROOT"); root != "" {
				environment = fmt.Sprintf("Environment=%q\n", "SLIPWAY_ROOT="+home.Default().Root)
			}
			fmt.Fprintf(s.out, unit, program, environment)
			return nil
		},
	}
}

// unit leaves the containers alone when the engine is stopped or upgraded (KillMode), and delegates their cgroups.
const unit = `[Unit]
Description=Slipway engine
Documentation=https://github.com/slipway-sh/slipway
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=%s
%sKillMode=process
Restart=always
RestartSec=1
Delegate=yes
LimitNOFILE=infinity
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`
