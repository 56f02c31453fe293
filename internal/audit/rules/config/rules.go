package config

import (
	"embed"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

// Cases are the files that test the rules, one each.
//
//go:embed cases/*.txtar
var Cases embed.FS

const (
	configMapDoc = "https://kubernetes.io/docs/concepts/configuration/configmap/"
	secretDoc    = "https://kubernetes.io/docs/concepts/configuration/secret/"
	dnsDoc       = "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/"
	envDoc       = "https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/"
)

// Rules are the rules of this room.
var Rules = append(append(nameRules, hostRules...), valueRules...)

// nameRules are about objects and keys that are named and not there.
var nameRules = []*rule.Rule{
	{ID: "reference-missing", Severity: rule.Broken, Title: "A pod names a ConfigMap or Secret that is not there", Check: referenceMissing,
		Why:     "The pod is created and never starts: it stays in CreateContainerConfigError or ContainerCreating, and a rollout waits for it until it times out. Names count within one namespace only.",
		Advice:  "create the object in the namespace of the pod, or correct the name; if a command makes it, give the script with --with",
		Sources: []string{configMapDoc, secretDoc}},
	{ID: "key-missing", Severity: rule.Broken, Title: "A ConfigMap or Secret does not have the key that a pod wants", Check: keyMissing,
		Why:     "The container is not started (CreateContainerConfigError), or a file is missing where the program looks for it. A Secret made with --from-file has the file's name as its key.",
		Advice:  "add the key, or use one that is there",
		Sources: []string{secretDoc, "https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_secret_generic/"}},
	{ID: "service-account-missing", Severity: rule.Broken, Title: "A pod runs as a ServiceAccount that is not there", Check: accountMissing,
		Why:     "No pod is created: the controller repeats in its events that the service account was not found, and the workload stays at zero pods.",
		Advice:  "create the ServiceAccount in the namespace of the pod, or leave the name out",
		Sources: []string{"https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/"}},
	{ID: "namespace-missing", Severity: rule.Refused, Title: "Objects are in a namespace that nothing creates", Check: namespaceMissing,
		Why:     "The API server answers that the namespace is not found, and none of these objects is created.",
		Advice:  "add the Namespace, or correct the name",
		Sources: []string{"https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/"}},
	{ID: "same-object-twice", Severity: rule.Broken, Title: "The same object is described twice, and differently", Check: sameTwice,
		Why:     "An object is its kind, namespace and name: the second description replaces the first, so that only what is applied last is there, and that depends on the order of the files.",
		Advice:  "give one of the two another name, or make one of both",
		Sources: []string{"https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"}},
}

// hostRules are about the servers that programs are told to connect to.
var hostRules = []*rule.Rule{
	{ID: "host-without-service", Severity: rule.Broken, Title: "A program is told to connect to a name that no Service has", Check: hostWithoutService,
		Why:     "Names within a cluster are those of Services; that of a Deployment or Pod is not resolved. The program starts and gets no answer but a failed lookup.",
		Advice:  "add a Service of that name, or name one that is there",
		Compose: "name a service of the project, as it is called there",
		Sources: []string{dnsDoc}},
	{ID: "connection-port-missing", Severity: rule.Broken, Title: "A program is told to connect to a port that the Service does not have", Check: portWithoutService,
		Why:     "A Service answers at its own ports alone, whatever its pods listen at. The connection is refused or hangs until it times out.",
		Advice:  "use a port of the Service, or add the port to it",
		Compose: "use the port that the service listens at, and name it under expose",
		Sources: []string{"https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service"}},
	{ID: "credentials-differ", Severity: rule.Broken, Title: "A database and its client do not agree on user, password or database", Check: credentialsDiffer,
		Why:     "The image makes exactly the account and the database that its variables name, at its first start alone. The client is refused at every start.",
		Advice:  "take both values from the same key of the same Secret or ConfigMap",
		Compose: "give both services the same values, as by one variable or one secret",
		Sources: []string{"https://hub.docker.com/_/mysql", "https://hub.docker.com/_/postgres", "https://hub.docker.com/_/mariadb"}},
	{ID: "proxy-name-mismatch", Severity: rule.Broken, Title: "A program is told another name of its own than its routes have", Check: proxyNameMismatch,
		Why:     "It redirects people to a name that does not lead to it, and refuses requests whose origin is another than its own: login and forms fail though the page is shown.",
		Advice:  "make the host of the route and the name that the program is told the same",
		Compose: "make the host of the route and the name that the program is told the same",
		Sources: []string{"https://confluence.atlassian.com/doc/configuring-the-server-base-url-148592.html"}},
	{ID: "job-without-environment", Severity: rule.Broken, Title: "What works on the database is not told which", Check: jobWithoutEnvironment,
		Why:     "A Job gets nothing from the Deployment beside it. It fails, or works with its image's defaults on a server that is not there, and what needs the migrated schema fails after it.",
		Advice:  "give it the variables that the other has, by a ConfigMap or Secret for both",
		Compose: "give it the environment that the other service has; a shared env_file keeps both the same",
		Sources: []string{envDoc}},
}

// valueRules are about the values themselves.
var valueRules = []*rule.Rule{
	{ID: "quoted-value", Severity: rule.Broken, Title: "The value of a variable has quotes around it that belong to nobody", Check: quotedValue, Fixes: true,
		Why:     "No shell reads these values and takes the quotes away: a URL that begins with a quote is none.",
		Advice:  "leave out the inner quotes",
		Compose: "leave out the quotes: in the form NAME=value they are part of the value",
		Sources: []string{envDoc, "https://docs.docker.com/reference/compose-file/services/#environment"}},
	{ID: "secret-newline", Severity: rule.Risk, Title: "A credential ends in a line's end", Check: secretNewline,
		Why:     "echo and editors write one, and it becomes part of the password: some programs cut it off and some do not, so that the same Secret works for one of two.",
		Advice:  "write the value without it: printf '%s' VALUE | base64, or stringData",
		Sources: []string{secretDoc}},
	{ID: "heap-over-memory", Severity: rule.Broken, Title: "A program is told to take more memory than its container has", Check: heapOverMemory,
		Why:     "A heap above the request is placed on nodes that do not have it free, and the pod is evicted first when the node is short. A heap as large as the limit leaves nothing for threads, code and buffers: the kernel kills the program under load.",
		Advice:  "request at least the heap, and set the limit a quarter above it; or make the heap smaller",
		Compose: "set deploy.resources so that the reservation holds the heap and the limit is a quarter above it; or make the heap smaller",
		Sources: []string{"https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/", "https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html"}},
}
