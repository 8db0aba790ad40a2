package provider

import "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"

// config is the provider's own configuration where it differs from what the bridge derives: values that the released
// provider defaults.
func config() map[string]*tfbridge.SchemaInfo {
	return map[string]*tfbridge.SchemaInfo{
		"region": {
			Default: &tfbridge.DefaultInfo{EnvVars: []string{"AWS_REGION", "AWS_DEFAULT_REGION"}},
		},
		"skip_credentials_validation": {Default: &tfbridge.DefaultInfo{Value: false}},
		"skip_metadata_api_check":     {Type: "boolean", Default: &tfbridge.DefaultInfo{Value: true}},
		"skip_region_validation":      {Default: &tfbridge.DefaultInfo{Value: true}},
	}
}
