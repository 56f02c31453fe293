// Command migrate brings the shop's database to the newest version, or takes the last step back.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/slipway-sh/slipway/examples/shop/internal/database"
)

func main() {
	log.SetFlags(0)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		log.Fatal("migrate: ", err)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: migrate up|down|status")
	}
	db, err := database.Open()
	if err != nil {
		return err
	}
	defer db.Close()
	p, err := provider(db)
	if err != nil {
		return err
	}
	switch args[0] {
	case "up":
		steps, err := p.Up(ctx)
		for _, s := range steps {
			log.Println(s)
		}
		if err == nil {
			log.Printf("the database is up to date (%d steps)", len(steps))
		}
		return err
	case "down":
		s, err := p.Down(ctx)
		if err == nil {
			log.Println(s)
		}
		return err
	case "status":
		v, err := p.GetDBVersion(ctx)
		if err == nil {
			log.Println("version", v)
		}
		return err
	}
	return fmt.Errorf("unknown command %q; up, down or status", args[0])
}
