// Package health lets a program in an image without a shell check itself.
package health

import (
	"fmt"
	"net/http"
	"os"
	"time"
)

// Check asks the server on this machine's PORT for a path and returns the program's exit code.
func Check(path string) int {
	c := http.Client{Timeout: 2 * time.Second}
	res, err := c.Get("http://127.0.0.1:" + os.Getenv("PORT") + path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		fmt.Fprintln(os.Stderr, res.Status)
		return 1
	}
	return 0
}
