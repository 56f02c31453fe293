package security

import "github.com/slipway-sh/slipway/internal/audit/rule"

var credentialRules = []*rule.Rule{
	{ID: "plaintext-credential", Severity: rule.Risk, Title: "A password or token is written where everyone can read it",
		Why:     "Whoever may read pods, ConfigMaps or the repository has it, and it stays in every backup, log and history after it was changed.",
		Advice:  "put it into a Secret that is not in the repository and name it with valueFrom.secretKeyRef, or mount it as a file",
		Compose: "put it under secrets: with a file that is not in the repository, and give the program the file's path",
		Sources: []string{secretGood, k8sDocs + "concepts/configuration/secret/"}, Check: checkPlaintext},
	{ID: "secret-in-repository", Severity: rule.Risk, Title: "A Secret is described with its values",
		Why:     "base64 is no encryption: whoever can read the repository has the credential, also from its history after it is removed.",
		Advice:  "keep the value out of the files: create it with kubectl create secret, or encrypt it (SOPS, Sealed Secrets), or fetch it (External Secrets); then change it, since this one is known",
		Sources: []string{secretGood, k8sDocs + "concepts/configuration/secret/"}, Check: checkSecrets},
}
