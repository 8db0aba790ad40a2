package provider

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	pulumitokens "github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// override applies the table of overridden properties.
func override(info *tfbridge.ProviderInfo) error {
	for _, o := range overrides {
		fields, err := fieldsOf(info, o)
		if err != nil {
			return err
		}
		steps := strings.Split(o.path, ".")
		for _, step := range steps[:len(steps)-1] {
			fields = nested(fields, step)
		}
		schema := at(fields, steps[len(steps)-1])
		if o.name != "" {
			schema.Name = o.name
		}
		if o.typ != "" {
			schema.Type = pulumitokens.Type(o.typ)
		}
		if o.list {
			schema.MaxItemsOne = tfbridge.False()
		}
		if o.single {
			schema.MaxItemsOne = tfbridge.True()
		}
	}
	return nil
}

// fieldsOf returns a resource's or data source's property overrides.
func fieldsOf(info *tfbridge.ProviderInfo, o overridden) (map[string]*tfbridge.SchemaInfo, error) {
	if o.function {
		f := info.DataSources[o.resource]
		if f == nil {
			return nil, fmt.Errorf("overriding %s of data source %s: it is not in tokens.txt", o.path, o.resource)
		}
		if f.Fields == nil {
			f.Fields = map[string]*tfbridge.SchemaInfo{}
		}
		return f.Fields, nil
	}
	r := info.Resources[o.resource]
	if r == nil {
		return nil, fmt.Errorf("overriding %s of %s: it is not in tokens.txt", o.path, o.resource)
	}
	if r.Fields == nil {
		r.Fields = map[string]*tfbridge.SchemaInfo{}
	}
	return r.Fields, nil
}

// at returns a property's override, made if there is none yet.
func at(fields map[string]*tfbridge.SchemaInfo, name string) *tfbridge.SchemaInfo {
	if fields[name] == nil {
		fields[name] = &tfbridge.SchemaInfo{}
	}
	return fields[name]
}

// nested returns the overrides inside a block.
func nested(fields map[string]*tfbridge.SchemaInfo, name string) map[string]*tfbridge.SchemaInfo {
	block := at(fields, name)
	if block.Elem == nil {
		block.Elem = &tfbridge.SchemaInfo{}
	}
	if block.Elem.Fields == nil {
		block.Elem.Fields = map[string]*tfbridge.SchemaInfo{}
	}
	return block.Elem.Fields
}
