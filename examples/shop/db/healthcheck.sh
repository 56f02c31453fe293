#!/bin/sh
# Healthy means: accepts connections and answers a query.
exec mariadb --socket=/run/mysqld/mysqld.sock --user="$MARIADB_USER" --password="${MARIADB_PASSWORD:-$(cat "$MARIADB_PASSWORD_FILE")}" \
	--batch --execute='SELECT 1' "$MARIADB_DATABASE" >/dev/null
