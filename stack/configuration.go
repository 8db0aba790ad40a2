package stack

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/stack/settings"
)

// configuration is what the stack's files say, full key to JSON text.
func configuration(ctx *pulumi.Context) map[string]string {
	config := map[string]string{}
	// The SDK can be asked for a key but not which keys there are, and a misspelt section
	// must not be passed over. Pulumi starts a program with all of them in its environment;
	// a program that runs inside another (cmd/local, tests) has them checked by that.
	if text := os.Getenv(pulumi.EnvConfig); text != "" {
		var all map[string]string
		if err := json.Unmarshal([]byte(text), &all); err == nil {
			for key, value := range all {
				if strings.HasPrefix(key, "torii:") {
					config[key] = value
				}
			}
		}
	}
	for _, section := range settings.Sections {
		if value, ok := ctx.GetConfig("torii:" + section); ok {
			config["torii:"+section] = value
		}
	}
	if region, ok := ctx.GetConfig("aws:region"); ok {
		config["aws:region"] = region
	}
	return config
}
