package main

import (
	"net/http"
)

type item struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func (s *server) getVersion(http.ResponseWriter, *http.Request) (any, error) {
	return map[string]string{"version": version, "pod": s.pod}, nil
}

func (s *server) getStock(_ http.ResponseWriter, r *http.Request) (any, error) {
	var n int
	err := s.db.QueryRowContext(r.Context(), "SELECT COUNT(*) FROM items").Scan(&n)
	return map[string]any{"items": n, "pod": s.pod}, err
}

func (s *server) listItems(_ http.ResponseWriter, r *http.Request) (any, error) {
	rows, err := s.db.QueryContext(r.Context(), "SELECT id, name FROM items ORDER BY id DESC LIMIT 500")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	items := []item{}
	for rows.Next() {
		var i item
		if err := rows.Scan(&i.ID, &i.Name); err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	return items, rows.Err()
}

func (s *server) addItem(_ http.ResponseWriter, r *http.Request) (any, error) {
	var i item
	if err := decode(r, &i); err != nil {
		return nil, err
	}
	if i.Name == "" || len(i.Name) > 200 {
		return nil, failure{http.StatusBadRequest, "an item needs a name of at most 200 characters"}
	}
	res, err := s.db.ExecContext(r.Context(), "INSERT INTO items (name) VALUES (?)", i.Name)
	if err != nil {
		return nil, err
	}
	i.ID, err = res.LastInsertId()
	return i, err
}

func (s *server) deleteItem(_ http.ResponseWriter, r *http.Request) (any, error) {
	_, err := s.db.ExecContext(r.Context(), "DELETE FROM items WHERE id = ?", r.PathValue("id"))
	return nil, err
}
