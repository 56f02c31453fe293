package known

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Address is what a text says of a server that a program connects to. What is empty is not said.
type Address struct {
	Scheme, Host             string
	Port                     int
	User, Password, Database string
}

var (
	authority = regexp.MustCompile(`^(?:jdbc:)?([a-zA-Z][a-zA-Z0-9+.-]*(?::[a-z]+)?)://([^\s]+)$`)
	goDSN     = regexp.MustCompile(`^(?:([^:@/]*)(?::([^@]*))?@)?tcp\(([^)]+)\)/([^?\s]*)`)
	pair      = regexp.MustCompile(`(?:^|\s)(host|port|user|password|dbname)=('[^']*'|\S+)`)
	hostPort  = regexp.MustCompile(`^([a-z0-9]([a-z0-9.-]*[a-z0-9])?):([0-9]{1,5})$`)
)

// longestAddress is as long as a text may be to be taken for an address.
const longestAddress = 2048

// ParseAddresses finds the servers in a text: a URL (JDBC's and those with several hosts among them), a DSN of Go's or
// libpq's, or host:port.
func ParseAddresses(text string) []Address {
	text = strings.Trim(strings.TrimSpace(text), `'"`)
	if text == "" || len(text) > longestAddress {
		return nil
	}
	if m := authority.FindStringSubmatch(text); m != nil {
		return fromURL(strings.ToLower(m[1]), m[2])
	}
	if m := goDSN.FindStringSubmatch(text); m != nil {
		a := Address{User: m[1], Password: m[2], Database: m[4]}
		if a.place(m[3]); a.Host == "" {
			return nil
		}
		return []Address{a}
	}
	if strings.Contains(text, "host=") {
		return fromPairs(text)
	}
	var all []Address
	for _, each := range strings.Split(text, ",") {
		m := hostPort.FindStringSubmatch(strings.TrimSpace(each))
		if m == nil {
			return nil
		}
		port, err := strconv.Atoi(m[3])
		if err != nil || port == 0 || port > 65535 {
			return nil
		}
		all = append(all, Address{Host: m[1], Port: port})
	}
	return all
}

func fromURL(scheme, rest string) []Address {
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	rest, settings, _ := strings.Cut(rest, ";") // SQL Server
	hosts, path, _ := strings.Cut(rest, "/")
	base := Address{Scheme: scheme}
	if i := strings.LastIndexByte(hosts, '@'); i >= 0 {
		user, password, _ := strings.Cut(hosts[:i], ":")
		base.User, base.Password, hosts = unescape(user), unescape(password), hosts[i+1:]
	}
	base.Database = unescape(path)
	for _, part := range strings.FieldsFunc(query+";"+settings, func(r rune) bool { return r == '&' || r == ';' }) {
		key, value, _ := strings.Cut(part, "=")
		switch strings.ToLower(key) {
		case "user", "username":
			base.User = unescape(value)
		case "password":
			base.Password = unescape(value)
		case "databasename", "database":
			base.Database = unescape(value)
		}
	}
	var all []Address
	for _, each := range strings.Split(hosts, ",") {
		a := base
		if a.place(each); a.Host != "" {
			all = append(all, a)
		}
	}
	return all
}

func fromPairs(text string) []Address {
	a := Address{}
	for _, m := range pair.FindAllStringSubmatch(text, -1) {
		value := strings.Trim(m[2], "'")
		switch m[1] {
		case "host":
			a.Host = strings.ToLower(value)
		case "port":
			a.Port, _ = strconv.Atoi(value)
		case "user":
			a.User = value
		case "password":
			a.Password = value
		case "dbname":
			a.Database = value
		}
	}
	if a.Host == "" {
		return nil
	}
	return []Address{a}
}

// place fills in host and port.
func (a *Address) place(text string) {
	host, port, found := strings.Cut(text, ":")
	if strings.HasPrefix(text, "[") || strings.Count(text, ":") > 1 { // an IPv6 address
		return
	}
	if found {
		a.Port, _ = strconv.Atoi(port)
	}
	a.Host = strings.ToLower(strings.TrimSuffix(host, "."))
}

func unescape(s string) string {
	if out, err := url.PathUnescape(s); err == nil {
		return out
	}
	return s
}

var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// IsName says that a host is a name, not an address, and not this machine.
func IsName(host string) bool {
	if host == "localhost" || !hostName.MatchString(host) || strings.Trim(host, "0123456789.") == "" {
		return false
	}
	_, err := netip.ParseAddr(host)
	return err != nil
}

// usual are the ports by the scheme of an address or the program of an image.
var usual = map[string]int{
	"http": 80, "https": 443, "ws": 80, "wss": 443, "mysql": 3306, "mariadb": 3306, "postgres": 5432, "postgresql": 5432,
	"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671, "mongodb": 27017, "sqlserver": 1433, "nats": 4222, "memcached": 11211,
	"ldap": 389, "ldaps": 636, "smtp": 25,
}

// PortOfScheme is the port that an address means which names none; 0 if that is not known.
func PortOfScheme(scheme string) int {
	scheme, _, _ = strings.Cut(scheme, "+")
	scheme, _, _ = strings.Cut(scheme, ":")
	return usual[scheme]
}
