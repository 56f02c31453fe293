package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slipway-sh/slipway/test/harness"
)

func (s *shop) update(t *testing.T) {
	s.edit(t, "cmd/api/main.go", `version = "1.0.0"`, `version = "2.0.0"`)
	s.edit(t, "compose.yaml", "image: shop/api:1.0.0", "image: shop/api:2.0.0")
	s.edit(t, "compose.yaml", "image: shop/migrate:1.0.0", "image: shop/migrate:2.0.0")
	s.write(t, "cmd/migrate/scripts/00004_price.sql", "-- +goose Up\nALTER TABLE items ADD COLUMN price INT NOT NULL DEFAULT 0;\n\n-- +goose Down\nALTER TABLE items DROP COLUMN price;\n")
	s.build(t)
	l := harness.StartLoad(s.url(t, "api", "/api/v1/stock"), 200)
	time.Sleep(time.Second)
	s.Slipway(t, "up", "-f", s.file())
	time.Sleep(time.Second)
	sent, lost, reasons := l.End()
	t.Logf("%s: %d requests at 200 a second, %d lost %v", s.Name, sent, lost, reasons)
	if lost > 0 && !s.gapped {
		t.Errorf("%d of %d requests lost: %v", lost, sent, reasons)
	}
	var v struct {
		Version string `json:"version"`
	}
	if _, err := s.ask(t, "GET", "/version", nil, &v); err != nil || v.Version != "2.0.0" {
		t.Errorf("version %q, %v", v.Version, err)
	}
	if logs := s.Slipway(t, "logs", "--file", s.file(), "migrate"); !strings.Contains(logs, "00004_price.sql") {
		t.Error("the new migration did not run")
	}
	s.stillThere(t)
}

func (s *shop) failMigration(t *testing.T) {
	s.write(t, "cmd/migrate/scripts/00005_wrong.sql", "-- +goose Up\nALTER TABLE no_such_table ADD COLUMN x INT;\n\n-- +goose Down\nSELECT 1;\n")
	s.edit(t, "compose.yaml", "image: shop/migrate:2.0.0", "image: shop/migrate:3.0.0")
	s.edit(t, "compose.yaml", "image: shop/api:2.0.0", "image: shop/api:3.0.0")
	s.build(t)
	before := uids(s.pods(t, "api"))
	s.fails(t, []string{"migrate", "no_such_table"}, "up", "-f", s.file())
	if !same(uids(s.pods(t, "api")), before) {
		t.Error("the API's pods changed although the migration failed")
	}
	s.stillThere(t)
	s.edit(t, "compose.yaml", "image: shop/migrate:3.0.0", "image: shop/migrate:2.0.0")
	s.edit(t, "compose.yaml", "image: shop/api:3.0.0", "image: shop/api:2.0.0")
	s.write(t, "cmd/migrate/scripts/00005_wrong.sql", "-- +goose Up\nSELECT 1;\n\n-- +goose Down\nSELECT 1;\n")
}

func (s *shop) persist(t *testing.T) {
	s.Slipway(t, "down", "-f", s.file())
	s.up(t)
	s.stillThere(t)
	s.Slipway(t, "down", "--volumes", "-f", s.file())
	s.up(t)
	eventually(t, "an empty shop", func() error {
		_, err := s.ask(t, "GET", "/items", nil, nil)
		if err == nil {
			return fmt.Errorf("the session is still known")
		}
		if !strings.Contains(err.Error(), "401") {
			return err
		}
		return nil
	})
	s.Slipway(t, "down", "--volumes", "-f", s.file())
}
