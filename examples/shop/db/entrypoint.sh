#!/bin/sh
# Prepares an empty data directory, then becomes the server. Runs as the mysql user, needs no capability.
set -eu
data=/var/lib/mysql

secret() { # secret NAME: the value of $NAME, or the content of the file that $NAME_FILE names
	eval "value=\${$1:-} file=\${$1_FILE:-}"
	[ -n "$value" ] || { [ -n "$file" ] && value=$(cat "$file"); } || { echo "entrypoint: $1 or $1_FILE is not set" >&2; exit 1; }
	printf %s "$value" | sed "s/'/''/g; s/\\\\/\\\\\\\\/g"
}

if [ ! -e "$data/.initialised" ]; then
	echo "entrypoint: preparing $data" >&2
	# A first start that was killed in the middle leaves a directory that no server can use: begin again.
	find "$data" -mindepth 1 -delete
	root=$(secret MARIADB_ROOT_PASSWORD) password=$(secret MARIADB_PASSWORD)
	mariadb-install-db --datadir="$data" --auth-root-authentication-method=normal --skip-test-db --force >/dev/null
	mariadbd --bootstrap --datadir="$data" --skip-networking <<SQL
FLUSH PRIVILEGES;
ALTER USER 'root'@'localhost' IDENTIFIED BY '$root';
CREATE DATABASE IF NOT EXISTS \`$MARIADB_DATABASE\` CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS '$MARIADB_USER'@'%' IDENTIFIED BY '$password';
GRANT ALL ON \`$MARIADB_DATABASE\`.* TO '$MARIADB_USER'@'%';
SQL
	touch "$data/.initialised"
fi
exec mariadbd --datadir="$data" --socket=/run/mysqld/mysqld.sock --bind-address=0.0.0.0 --skip-name-resolve "$@"
