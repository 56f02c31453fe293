package keeper

import (
	"context"
	"os"
)

// Replace makes the keeper become this very binary.
func (c *Client) Replace(ctx context.Context) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	return c.replace(ctx, exe)
}
