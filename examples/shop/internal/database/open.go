// Package database opens the shop's database from its environment.
package database

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Open returns a pool for the database that DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD_FILE describe. It does
// not connect.
func Open() (*sql.DB, error) {
	password, err := Secret("DB_PASSWORD")
	if err != nil {
		return nil, err
	}
	c := mysql.NewConfig()
	c.Net, c.Addr = "tcp", net.JoinHostPort(os.Getenv("DB_HOST"), os.Getenv("DB_PORT"))
	c.DBName, c.User, c.Passwd = os.Getenv("DB_NAME"), os.Getenv("DB_USER"), password
	c.ParseTime, c.MultiStatements = true, true
	c.Timeout, c.ReadTimeout, c.WriteTimeout = 2*time.Second, 10*time.Second, 10*time.Second
	conn, err := mysql.NewConnector(c)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	db := sql.OpenDB(conn)
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(8)
	db.SetConnMaxLifetime(3 * time.Minute)
	return db, nil
}

// Secret returns the value of NAME, or the content of the file that NAME_FILE names.
func Secret(name string) (string, error) {
	if v := os.Getenv(name); v != "" {
		return v, nil
	}
	file := os.Getenv(name + "_FILE")
	if file == "" {
		return "", fmt.Errorf("%s or %s_FILE is not set", name, name)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}
