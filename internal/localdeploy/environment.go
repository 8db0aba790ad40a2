package localdeploy

import (
	"os"
	"strings"
)

// passphrase guards the secrets of local stacks, which are worth nothing outside this machine's local AWS.
const passphrase = "torii-local"

// foreign lists the prefixes of variables by which a user's shell could send the engine or the AWS provider somewhere
// else: credentials, profiles, endpoints, roles, proxies for AWS, backends, tokens, stacks.
var foreign = []string{"AWS_", "PULUMI_", "TF_"}

// engineEnvironment returns the environment of the engine, and so of the providers it starts: base without foreign
// variables, and with what leads to the local AWS at url, to the state in stateDir and to the plugins in home.
func engineEnvironment(base []string, url, stateDir, home string) []string {
	var kept []string
	for _, entry := range base {
		if !isForeign(entry) {
			kept = append(kept, entry)
		}
	}
	return append(kept,
		"AWS_ENDPOINT_URL="+url,
		"AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test",
		"AWS_EC2_METADATA_DISABLED=true",
		// The files below ~/.aws count as well, unless others are named.
		"AWS_CONFIG_FILE="+os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		// Without its side files of metadata, which an engine that is killed may leave half-written and then cannot read.
		"PULUMI_BACKEND_URL=file://"+stateDir+"?metadata=skip",
		"PULUMI_CONFIG_PASSPHRASE="+passphrase,
		"PULUMI_HOME="+home,
		"PULUMI_SKIP_UPDATE_CHECK=true",
	)
}

func isForeign(entry string) bool {
	// Windows has variable names in any case; elsewhere aws_profile means nothing to anybody.
	name, _, _ := strings.Cut(entry, "=")
	for _, prefix := range foreign {
		if strings.HasPrefix(strings.ToUpper(name), prefix) {
			return true
		}
	}
	return false
}
