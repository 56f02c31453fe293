package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/slipway-sh/slipway/internal/deliver"
	"github.com/slipway-sh/slipway/internal/home"
	"github.com/slipway-sh/slipway/internal/objects"
)

type upFlags struct {
	wait, dryRun, noRollback, noBuild, adopt, quiet bool
	timeout                                         time.Duration
	output                                          string
	scale                                           []string
}

func (s *session) up() *cobra.Command {
	var f upFlags
	cmd := &cobra.Command{
		Use:   "up [FILE…]",
		Short: "Brings the application to what its files describe",
		Long: `Up reads the application's files, Compose or manifests, audits them, builds what they say is built, and applies what differs from what is running:
wave by wave, what depends_on names first, waiting until each wave is ready. When something fails, it says why and
puts everything back. On this machine it starts the engine if it is not running. Run twice, it changes nothing.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s.which.files = append(s.which.files, args...)
			if f.output != "" && f.output != "json" {
				return usageError{fmt.Sprintf("output %q is not known; json is", f.output)}
			}
			return s.runUp(cmd.Context(), f)
		},
	}
	s.which.add(cmd, "f")
	fl := cmd.Flags()
	fl.BoolVar(&f.wait, "wait", true, "wait until everything is ready")
	fl.DurationVar(&f.timeout, "timeout", 5*time.Minute, "give up after this `TIME`")
	fl.BoolVar(&f.dryRun, "dry-run", false, "only check with the API and print what would be done")
	fl.BoolVar(&f.noRollback, "no-rollback", false, "leave things as they are when it fails")
	fl.BoolVar(&f.noBuild, "no-build", false, "use the images that are there")
	fl.BoolVar(&f.adopt, "adopt", false, "take over objects that somebody else made")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print only the result")
	fl.StringVarP(&f.output, "output", "o", "", "`FORMAT` of progress and result: json")
	fl.StringArrayVar(&f.scale, "scale", nil, "`SERVICE=N` replicas instead of the number in the files, can be repeated")
	return cmd
}

func (s *session) runUp(ctx context.Context, f upFlags) error {
	begin := time.Now()
	app, err := s.which.load(ctx)
	if err != nil {
		return err
	}
	if s.where.engine() && os.Geteuid() != 0 {
		return fmt.Errorf("%w: run sudo slipway up, or name a cluster with --context", errNeedsRoot)
	}
	show := s.shower(f.quiet, f.output)
	defer show.close()
	for _, n := range app.Notes {
		show.note(n)
	}
	if err := s.judge(app, s.which.files, show); err != nil {
		return err
	}
	if err := rescale(app, f.scale); err != nil {
		return err
	}
	if err := s.ensureEngine(ctx, show); err != nil {
		return err
	}
	c, err := s.where.connect()
	if err != nil {
		return err
	}
	digests, err := s.buildAll(ctx, app, f.noBuild, show)
	if err != nil {
		return err
	}
	if err := app.Finish(digests); err != nil {
		return err
	}
	plan, err := c.target.Plan(ctx, app, deliver.PlanOptions{Adopt: f.adopt, Report: show.event})
	if err != nil {
		return err
	}
	if f.dryRun {
		if f.output == "json" {
			err = json.NewEncoder(s.out).Encode(planDocument(plan))
		} else {
			fmt.Fprint(s.out, plan)
		}
		return errors.Join(err, c.target.Discard(context.WithoutCancel(ctx), plan))
	}
	done, err := c.target.Apply(ctx, plan, deliver.Options{Wait: f.wait, Timeout: f.timeout, Rollback: !f.noRollback, Report: show.event})
	if err != nil {
		return err
	}
	show.result(result{Application: app.Name, Namespace: app.Namespace, Summary: done.String(), Seconds: time.Since(begin).Seconds(),
		Changes: changesOf(done), Addresses: c.addresses(ctx, app.Namespace)})
	return nil
}

// ensureEngine starts the engine if the application goes to this machine and none is running.
func (s *session) ensureEngine(ctx context.Context, show shower) error {
	dir := home.Default()
	if !s.where.engine() || engineRuns(ctx, dir) {
		return nil
	}
	took, err := startEngine(ctx, dir)
	if err != nil {
		return err
	}
	show.line("engine: started in " + seconds(took))
	return nil
}

// rescale takes the numbers of replicas from the command line instead of the files.
func rescale(app *objects.Application, scale []string) error {
	wanted, err := parseScale(scale)
	if err != nil {
		return err
	}
	for service, n := range wanted {
		replicas := int32(n)
		switch {
		case app.Find("Deployment", service) != nil:
			app.Find("Deployment", service).Object.(*appsv1.Deployment).Spec.Replicas = &replicas
		case app.Find("StatefulSet", service) != nil:
			app.Find("StatefulSet", service).Object.(*appsv1.StatefulSet).Spec.Replicas = &replicas
		default:
			return usageError{fmt.Sprintf("%s: no service of that name can be scaled; those that can: %s", service, strings.Join(scalable(app), ", "))}
		}
	}
	return nil
}

func scalable(app *objects.Application) []string {
	var names []string
	for _, o := range append(app.OfKind("Deployment"), app.OfKind("StatefulSet")...) {
		names = append(names, o.Name())
	}
	return names
}

// parseScale reads SERVICE=N.
func parseScale(args []string) (map[string]int, error) {
	wanted := map[string]int{}
	for _, a := range args {
		service, number, found := strings.Cut(a, "=")
		n, err := strconv.Atoi(number)
		if !found || service == "" || err != nil || n < 0 || n > 1000 {
			return nil, usageError{fmt.Sprintf("%q is not SERVICE=N with N from 0 to 1000", a)}
		}
		wanted[service] = n
	}
	return wanted, nil
}
