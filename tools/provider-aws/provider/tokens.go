package provider

import (
	_ "embed" // the token table
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	pulumitokens "github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// tokenTable maps Terraform names to Pulumi tokens, one pair a line; functions are those whose last word starts with
// "get".
//
//go:embed tokens.txt
var tokenTable string

// tokens reads the token table.
func tokens() (map[string]*tfbridge.ResourceInfo, map[string]*tfbridge.DataSourceInfo, error) {
	resources := map[string]*tfbridge.ResourceInfo{}
	functions := map[string]*tfbridge.DataSourceInfo{}
	for i, line := range strings.Split(tokenTable, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if len(fields) != 2 {
			return nil, nil, fmt.Errorf("reading tokens.txt: line %d is not a pair", i+1)
		}
		name, token := fields[0], fields[1]
		if strings.HasPrefix(token[strings.LastIndex(token, ":")+1:], "get") {
			functions[name] = &tfbridge.DataSourceInfo{Tok: pulumitokens.ModuleMember(token)}
		} else {
			resources[name] = &tfbridge.ResourceInfo{Tok: pulumitokens.Type(token)}
		}
	}
	return resources, functions, nil
}

// unmapped lists what the Terraform provider serves and the token table leaves out.
func unmapped(info tfbridge.ProviderInfo) []string {
	var names []string
	info.P.ResourcesMap().Range(func(name string, _ shim.Resource) bool {
		if info.Resources[name] == nil {
			names = append(names, name)
		}
		return true
	})
	info.P.DataSourcesMap().Range(func(name string, _ shim.Resource) bool {
		if info.DataSources[name] == nil {
			names = append(names, name)
		}
		return true
	})
	return names
}
