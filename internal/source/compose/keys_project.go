package compose

import "strings"

// projectKeys says of every key outside services what becomes of it. The keys of a job are those of a service.
var projectKeys = map[string]Rule{
	"name":     carried("namespace"),
	"version":  noted("is obsolete; Compose ignores it"),
	"include":  carried("resolved while reading"),
	"services": carried("workloads"),
	"models":   refused("a model needs a runner beside the containers; run it as a service and give its URL in environment"),

	"include.[].path":              carried("resolved while reading"),
	"include.[].env_file":          carried("resolved while reading"),
	"include.[].project_directory": carried("resolved while reading"),

	"networks":               carried("NetworkPolicies"),
	"networks.*":             carried("a NetworkPolicy"),
	"networks.*.name":        carried("a network of one name is one network"),
	"networks.*.driver":      carried("bridge and overlay are what pods have; others are refused"),
	"networks.*.driver_opts": warned("the network of pods has no options of its own"),
	"networks.*.ipam":        warned("addresses of pods are given by the network"),
	"networks.*.external":    carried("pods of other applications in that network may come in"),
	"networks.*.internal":    carried("a NetworkPolicy for what goes out"),
	"networks.*.attachable":  noted("every pod can be let in by a NetworkPolicy"),
	"networks.*.labels":      noted("a network is no object of its own"),
	"networks.*.enable_ipv4": warned("addresses of pods are given by the network"),
	"networks.*.enable_ipv6": warned("addresses of pods are given by the network"),

	"volumes":                          carried("PersistentVolumeClaims"),
	"volumes.*":                        carried("a PersistentVolumeClaim"),
	"volumes.*.name":                   carried("name of the claim, if it is external"),
	"volumes.*.driver":                 carried("local is the default storage class; others are refused"),
	"volumes.*.driver_opts":            carried("nfs, tmpfs and bind of the local driver; others are refused"),
	"volumes.*.driver_opts.*":          carried("nfs, tmpfs and bind of the local driver; others are refused"),
	"volumes.*.external":               carried("a claim that is there already"),
	"volumes.*.labels":                 carried("annotations of the claim"),
	"volumes.*.labels.*":               carried("an annotation of the claim"),
	"volumes.*.x-slipway":              carried("what Compose has no key for"),
	"volumes.*.x-slipway.size":         carried("requests.storage of the claim"),
	"volumes.*.x-slipway.storageClass": carried("storageClassName of the claim"),

	"secrets":                   carried("Secrets"),
	"secrets.*":                 carried("a Secret"),
	"secrets.*.name":            carried("name of the Secret, if it is external"),
	"secrets.*.file":            carried("content of the Secret"),
	"secrets.*.environment":     carried("content of the Secret"),
	"secrets.*.content":         carried("content of the Secret"),
	"secrets.*.external":        carried("a Secret that is there already"),
	"secrets.*.labels":          carried("annotations of the Secret"),
	"secrets.*.labels.*":        carried("an annotation of the Secret"),
	"secrets.*.driver":          refused("secrets come from a file or the environment; another store needs an operator on a cluster"),
	"secrets.*.driver_opts":     refused("secrets come from a file or the environment; another store needs an operator on a cluster"),
	"secrets.*.template_driver": refused("files are not templates here; write them as they should be"),

	"configs":                   carried("ConfigMaps"),
	"configs.*":                 carried("a ConfigMap"),
	"configs.*.name":            carried("name of the ConfigMap, if it is external"),
	"configs.*.file":            carried("content of the ConfigMap"),
	"configs.*.environment":     carried("content of the ConfigMap"),
	"configs.*.content":         carried("content of the ConfigMap"),
	"configs.*.external":        carried("a ConfigMap that is there already"),
	"configs.*.labels":          carried("annotations of the ConfigMap"),
	"configs.*.labels.*":        carried("an annotation of the ConfigMap"),
	"configs.*.driver":          refused("configs come from a file, the environment or content"),
	"configs.*.driver_opts":     refused("configs come from a file, the environment or content"),
	"configs.*.template_driver": refused("files are not templates here; write them as they should be"),

	"jobs":                                     carried("CronJobs"),
	"jobs.*.triggers":                          carried("schedule, or a CronJob that is started by hand"),
	"jobs.*.triggers.manual":                   carried("a CronJob can be started by hand"),
	"jobs.*.triggers.schedule":                 carried("schedule"),
	"jobs.*.triggers.schedule.[].cron":         carried("schedule"),
	"jobs.*.triggers.schedule.[].timezone":     carried("timeZone"),
	"jobs.*.triggers.schedule.[].concurrency":  carried("concurrencyPolicy"),
	"jobs.*.triggers.schedule.[].missed_fires": carried("startingDeadlineSeconds"),
}

// lookup finds the rule of a key by its whole pattern, such as services.*.build.args or networks.*.internal.
func lookup(pattern string) (Rule, bool) {
	for _, in := range []string{"services.*", "jobs.*"} {
		if pattern == in {
			return carried("a workload"), true
		}
		if rest, ok := strings.CutPrefix(pattern, in+"."); ok && !strings.HasPrefix(rest, "triggers") {
			return ruleOf(serviceKeys, rest)
		}
	}
	return ruleOf(projectKeys, pattern)
}
