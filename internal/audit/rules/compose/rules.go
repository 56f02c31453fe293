package compose

import (
	"embed"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

// Cases are the files that test the rules, one each.
//
//go:embed cases/*.txtar
var Cases embed.FS

const (
	reference = "https://docs.docker.com/reference/compose-file/"
	services  = reference + "services/"
)

// Rules are the rules of this room.
var Rules = []*rule.Rule{
	{ID: "compose-refused", Severity: rule.Refused, Title: "A Compose file cannot be carried as it is",
		Why:     "Leaving out what it says would change what runs, so nothing of it is run.",
		Advice:  "do what the message says, or take the key out",
		Sources: []string{reference}},
	{ID: "compose-plaintext-credential", Severity: rule.Risk, Title: "Passwords stand in the file",
		Why:     "They are in the repository, in every copy of it and in docker inspect; they cannot be changed without changing the file, and an easy one is the first that is tried.",
		Advice:  "put each in a file that is not in the repository, name it under secrets:, and give the service NAME_FILE=/run/secrets/NAME (most images read it); or interpolate ${NAME} from the environment",
		Sources: []string{reference + "secrets/", "https://docs.docker.com/compose/how-tos/use-secrets/"}},
	{ID: "compose-published-database", Severity: rule.Risk, Title: "A database is published to every network of the machine",
		Why:     "Docker opens published ports past the machine's own firewall, and databases that answer the internet are found within hours. Other services reach it by its name without any published port.",
		Advice:  `leave ports: out; for a look from the machine itself write "127.0.0.1:3306:3306"`,
		Sources: []string{services + "#ports", "https://docs.docker.com/engine/network/packet-filtering-firewalls/"}},
	{ID: "compose-published-admin", Severity: rule.Risk, Title: "A console of administrators is published without protection",
		Why:     "Whoever finds the port administers what is behind it, or at least reads how everything is built.",
		Advice:  `publish it on 127.0.0.1 alone and come by ssh -L, or put it behind a route with a password; for Traefik leave --api.insecure (--web, --api of version 1) out`,
		Sources: []string{"https://doc.traefik.io/traefik/operations/dashboard/", services + "#ports"}},
	{ID: "compose-docker-socket", Severity: rule.Risk, Title: "A service commands the container engine",
		Why:     "The socket is root on the machine: who takes over the service starts a container with the whole disk mounted. A read-only mount changes nothing, since the commands go through it.",
		Advice:  "leave the mount out; a proxy that finds its routes by it is not needed here (the gateway does that), elsewhere put a filter such as docker-socket-proxy between",
		Sources: []string{"https://docs.docker.com/engine/security/#docker-daemon-attack-surface"}},
	{ID: "compose-hidden-config", Severity: rule.Risk, Title: "A configuration file is hidden by /dev/null",
		Why:     "The program runs with its defaults, and nobody who reads the image's documentation expects that.",
		Advice:  "give it the configuration that it is to have, or none",
		Sources: []string{services + "#volumes"}},
	{ID: "compose-source-mounted", Severity: rule.Risk, Title: "Source code is mounted over the image that is built from it",
		Why:     "What runs is whatever lies in the folder of that machine, not what was built and tested; on another machine it is empty.",
		Advice:  "leave the mount out of the file for production; keep it in compose.override.yaml, or use develop.watch",
		Sources: []string{"https://docs.docker.com/compose/how-tos/production/", "https://docs.docker.com/compose/how-tos/file-watch/"}},
	{ID: "compose-database-loses-data", Severity: rule.Risk, Title: "A database has no volume",
		Why:     "Its data is in a volume without a name: after docker compose down and up the database has a new and empty one. Here it gets a volume of its own, which the file should say.",
		Advice:  "declare a volume and mount it where the database keeps its files",
		Sources: []string{reference + "volumes/"}},
	{ID: "compose-start-order", Severity: rule.Risk, Title: "A service does not wait for what it needs",
		Why:     "Containers are started one after the other, but none waits until the other answers: the first start fails or succeeds by luck, and a migration runs into its users.",
		Advice:  "give the database a healthcheck, and write depends_on with condition: service_healthy, and service_completed_successfully for a migration",
		Sources: []string{"https://docs.docker.com/compose/how-tos/startup-order/"}},
	{ID: "compose-legacy", Severity: rule.Risk, Title: "The file uses what Compose has given up", Fixes: true,
		Why:     "It has no effect or an effect that nobody expects any more, and hides what matters.",
		Advice:  "leave it out",
		Sources: []string{reference + "version-and-name/", services + "#links"}},
	{ID: "compose-fixed-name-scaled", Severity: rule.Risk, Title: "Several containers are to take one port of the machine",
		Why:     "With docker compose up the second container does not start, because the port is taken. A cluster shares it out.",
		Advice:  "publish the port on a proxy before them, or leave the number of the machine's port out",
		Sources: []string{services + "#ports", reference + "deploy/#replicas"}},
	{ID: "compose-no-restart-policy", Severity: rule.Risk, Title: "Services stay down once they have ended",
		Why:     "After a crash or a reboot of the machine nothing starts them again. Here they are started again all the same; with Docker they are not.",
		Advice:  "write restart: unless-stopped",
		Sources: []string{services + "#restart"}},
	{ID: "compose-proxy-without-tag", Severity: rule.Risk, Title: "The proxy's image has no version",
		Why:     "The next pull may bring another major version, which knows neither the flags nor the labels of the old one, and the whole application is away.",
		Advice:  "name a version, such as traefik:v3.6",
		Sources: []string{services + "#image"}},
	{ID: "compose-debug-log", Severity: rule.Risk, Title: "The proxy logs everything",
		Why:     "At this level the proxy writes lines for every request: it is slow, fills the disk, and leaves what users send in the log.",
		Advice:  "use INFO or WARN, and an access log",
		Sources: []string{"https://doc.traefik.io/traefik/observability/logs/"}},
	{ID: "compose-port-not-opened", Severity: rule.Broken, Title: "A service is told to connect to a port that the other does not open",
		Why:     "Between services a connection goes to the port of the container. The number before the colon under ports is that of the machine, and nothing answers there.",
		Advice:  "name the port of the container",
		Sources: []string{"https://docs.docker.com/compose/how-tos/networking/"}},
	{ID: "compose-migration-restarted", Severity: rule.Risk, Title: "What is to run once is started again and again",
		Why:     "It runs over the same database every few seconds; who waits for its end waits for ever, and a failure never shows.",
		Advice:  `write restart: "no", and have its users wait with condition: service_completed_successfully`,
		Sources: []string{services + "#restart", services + "#depends_on"}},
	{ID: "compose-anonymous-volume", Severity: rule.Risk, Title: "Data is in a volume without a name",
		Why:     "docker compose down, and up again, brings a new and empty one; the old one stays as a row of digits until somebody prunes it.",
		Advice:  "declare the volume under volumes:, and mount it by its name",
		Sources: []string{reference + "volumes/", services + "#volumes"}},
	{ID: "compose-old-traefik", Severity: rule.Broken, Title: "Flags or labels of Traefik 1 with a later Traefik",
		Why:     "Version 2 changed every flag and label. It ends at once at a flag that it does not know, and passes over labels that it does not know in silence.",
		Advice:  "write them for the version that runs: --providers.docker, --api, and labels traefik.http.routers.NAME.rule=Host(`…`)",
		Sources: []string{"https://doc.traefik.io/traefik/migrate/v1-to-v2/"}},
}
