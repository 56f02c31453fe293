package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const (
	cookie  = "shop_session"
	session = 24 * time.Hour
)

type user struct {
	ID    int64  `json:"id"`
	Email string `json:"email"`
	Admin bool   `json:"admin"`
}

type credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Admin    bool   `json:"admin"`
}

func (s *server) login(w http.ResponseWriter, r *http.Request) (any, error) {
	var c credentials
	if err := decode(r, &c); err != nil {
		return nil, err
	}
	var u user
	var hash []byte
	err := s.db.QueryRowContext(r.Context(), "SELECT id, email, admin, password FROM users WHERE email = ?", c.Email).Scan(&u.ID, &u.Email, &u.Admin, &hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if err != nil || bcrypt.CompareHashAndPassword(hash, []byte(c.Password)) != nil {
		return nil, failure{http.StatusUnauthorized, "wrong e-mail or password"}
	}
	token := rand.Text()
	sum := sha256.Sum256([]byte(token)) // who reads the table cannot use its sessions
	expires := time.Now().Add(session).UTC()
	if _, err := s.db.ExecContext(r.Context(), "INSERT INTO sessions (token, user, expires) VALUES (?, ?, ?)", sum[:], u.ID, expires); err != nil {
		return nil, err
	}
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: token, Path: "/", Expires: expires, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return u, nil
}

func (s *server) logout(_ http.ResponseWriter, r *http.Request) (any, error) {
	c, err := r.Cookie(cookie)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(c.Value))
	_, err = s.db.ExecContext(r.Context(), "DELETE FROM sessions WHERE token = ?", sum[:])
	return nil, err
}

type userKey struct{}

// loggedIn lets a request through to h with its user, or answers 401.
func (s *server) loggedIn(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) (any, error) {
		c, err := r.Cookie(cookie)
		if err != nil {
			return nil, failure{http.StatusUnauthorized, "log in first"}
		}
		sum := sha256.Sum256([]byte(c.Value))
		var u user
		err = s.db.QueryRowContext(r.Context(), "SELECT u.id, u.email, u.admin FROM sessions s JOIN users u ON u.id = s.user WHERE s.token = ? AND s.expires > UTC_TIMESTAMP()", sum[:]).Scan(&u.ID, &u.Email, &u.Admin)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, failure{http.StatusUnauthorized, "the session has ended; log in again"}
		}
		if err != nil {
			return nil, err
		}
		return h(w, r.WithContext(context.WithValue(r.Context(), userKey{}, u)))
	}
}

func (s *server) me(_ http.ResponseWriter, r *http.Request) (any, error) {
	return r.Context().Value(userKey{}), nil
}

func (s *server) addUser(_ http.ResponseWriter, r *http.Request) (any, error) {
	if !r.Context().Value(userKey{}).(user).Admin {
		return nil, failure{http.StatusForbidden, "only an administrator adds users"}
	}
	var c credentials
	if err := decode(r, &c); err != nil {
		return nil, err
	}
	if !strings.Contains(c.Email, "@") || len(c.Password) < 8 {
		return nil, failure{http.StatusBadRequest, "an e-mail and a password of at least 8 characters are needed"}
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(c.Password), 12)
	if err != nil {
		return nil, failure{http.StatusBadRequest, err.Error()}
	}
	res, err := s.db.ExecContext(r.Context(), "INSERT INTO users (email, password, admin) VALUES (?, ?, ?)", c.Email, hash, c.Admin)
	if err != nil {
		return nil, err
	}
	id, err := res.LastInsertId()
	return user{id, c.Email, c.Admin}, err
}
