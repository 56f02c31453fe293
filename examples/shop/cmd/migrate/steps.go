package main

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"os"

	"github.com/pressly/goose/v3"
	"golang.org/x/crypto/bcrypt"

	"github.com/slipway-sh/slipway/examples/shop/internal/database"
)

//go:embed scripts/*.sql
var scripts embed.FS

// provider knows all steps: the SQL scripts in order, and the one that needs a password from outside.
func provider(db *sql.DB) (*goose.Provider, error) {
	dir, err := fs.Sub(scripts, "scripts")
	if err != nil {
		return nil, err
	}
	admin := goose.NewGoMigration(3, &goose.GoFunc{RunTx: addAdmin}, &goose.GoFunc{RunTx: removeAdmin})
	return goose.NewProvider(goose.DialectMySQL, db, dir, goose.WithGoMigrations(admin), goose.WithDisableGlobalRegistry(true))
}

// addAdmin makes the default administrator, so that nobody has to type SQL after the first start.
func addAdmin(ctx context.Context, tx *sql.Tx) error {
	password, err := database.Secret("ADMIN_PASSWORD")
	if err != nil {
		return err
	}
	if len(password) < 8 {
		return fmt.Errorf("ADMIN_PASSWORD is shorter than 8 characters")
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), 12)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO users (email, password, admin) VALUES (?, ?, TRUE)", os.Getenv("ADMIN_EMAIL"), hash)
	return err
}

func removeAdmin(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM users WHERE email = ?", os.Getenv("ADMIN_EMAIL"))
	return err
}
