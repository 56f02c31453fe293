// Command api is the shop's API under /api/v1. It keeps nothing itself: sessions and items are in the database, files
// in a volume that all replicas share, so that any replica can answer any request.
package main

import (
	"log"
	"os"

	"github.com/slipway-sh/slipway/examples/shop/internal/database"
	"github.com/slipway-sh/slipway/examples/shop/internal/health"
)

// version is what GET /api/v1/version answers.
const version = "1.0.0"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "health" {
		os.Exit(health.Check("/readyz"))
	}
	if err := run(); err != nil {
		log.Fatal("api: ", err)
	}
}

func run() error {
	db, err := database.Open()
	if err != nil {
		return err
	}
	defer db.Close()
	uploads, err := os.OpenRoot(os.Getenv("UPLOADS"))
	if err != nil {
		return err
	}
	pod, err := os.Hostname()
	if err != nil {
		return err
	}
	return health.Serve((&server{db: db, uploads: uploads, pod: pod}).routes())
}
