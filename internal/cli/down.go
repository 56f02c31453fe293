package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/slipway-sh/slipway/internal/deliver"
)

func (s *session) down() *cobra.Command {
	var volumes, quiet bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Ends the application; its data stay unless --volumes",
		Long: `Down deletes what up made, dependents before what they depend on, and returns when it is gone. Volumes and their
data stay, and the next up finds them again; --volumes deletes them too, and the namespace.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			begin := time.Now()
			id, err := s.which.identify(cmd.Context())
			if err != nil {
				return err
			}
			c, err := s.where.connect()
			if err != nil {
				return err
			}
			show := s.shower(quiet, "")
			defer show.close()
			done, err := c.target.Delete(cmd.Context(), id.name, id.namespace, deliver.DeleteOptions{Volumes: volumes, Timeout: timeout, Report: show.event})
			if err != nil {
				return err
			}
			show.result(result{Application: id.name, Namespace: id.namespace, Summary: done.String(), Seconds: time.Since(begin).Seconds()})
			return nil
		},
	}
	s.which.add(cmd, "f")
	cmd.Flags().BoolVarP(&volumes, "volumes", "v", false, "delete the volumes and the data in them too")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print only the result")
	cmd.Flags().DurationVar(&timeout, "timeout", 5*time.Minute, "give up waiting after this `TIME`")
	return cmd
}
