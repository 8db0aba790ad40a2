package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// A comparison collects differences between the schema and the SDK.
type comparison struct {
	schema packageSchema
	sdk    *sdkPackage
	found  []string
}

// compare lists, one line each, what of the SDK's resources and functions the schema lacks or shapes differently. It
// looks at the tokens the schema has; which tokens it must have is the token table's business.
func compare(schema packageSchema, sdk *sdkPackage) []string {
	c := &comparison{schema: schema, sdk: sdk}
	for tok, r := range schema.Resources {
		name, ok := sdk.resources[tok]
		if !ok {
			c.report(tok, "", "is not in the SDK")
			continue
		}
		pkg, typ, _ := strings.Cut(name, ".")
		in := objectSchema{Properties: r.InputProperties, Required: r.RequiredInputs}
		c.object(tok, "", in, sdk.structs[pkg+"."+unexported(typ)+"Args"], true, nil)
		c.object(tok, "out:", objectSchema{Properties: r.Properties}, sdk.structs[name], false, nil)
	}
	for tok, f := range schema.Functions {
		if strings.HasPrefix(tok, "pulumi:") {
			continue // the provider's own
		}
		if _, ok := sdk.functions[tok]; !ok {
			c.report(tok, "", "is not in the SDK")
			continue
		}
		c.object(tok, "", f.Inputs, sdk.structs[sdk.params[tok]], true, nil)
		c.object(tok, "out:", f.Outputs, sdk.structs[sdk.results[tok]], false, nil)
	}
	slices.Sort(c.found)
	return slices.Compact(c.found)
}

func (c *comparison) report(tok, path, what string) {
	c.found = append(c.found, strings.TrimSpace(strings.Join(strings.Fields(tok+" "+path+" "+what), " ")))
}

// object compares a struct's properties; seen stops at types that contain themselves.
func (c *comparison) object(tok, path string, have objectSchema, want sdkStruct, input bool, seen []string) {
	for name, t := range want {
		at := path + name
		got, ok := have.Properties[name]
		if !ok {
			c.report(tok, at, "missing")
			continue
		}
		if input && t.optional && slices.Contains(have.Required, name) {
			c.report(tok, at, "required")
		}
		if input && mustBeGiven(t) && !slices.Contains(have.Required, name) {
			c.report(tok, at, "optional")
		}
		c.value(tok, at, got, t, input, seen)
	}
	if want == nil {
		return
	}
	for _, name := range have.Required {
		if _, ok := want[name]; !ok && input {
			c.report(tok, path+name, "required but not in the SDK")
		}
	}
}

// mustBeGiven says whether the SDK requires a property, as far as its Go type tells.
func mustBeGiven(t sdkType) bool {
	return !t.optional && slices.Contains([]string{"string", "integer", "number", "boolean"}, t.kind)
}

// value compares one type.
func (c *comparison) value(tok, path string, have typeSchema, want sdkType, input bool, seen []string) {
	ref, isType := strings.CutPrefix(have.Ref, "#/types/")
	kind := have.Type
	if isType {
		kind = "struct"
	}
	if want.kind == "any" || have.Ref == "pulumi.json#/Any" || len(have.OneOf) > 0 {
		return
	}
	if want.kind == "struct" {
		if _, ok := c.sdk.structs[want.name]; !ok {
			want.kind = "string" // an enumeration
		}
	}
	if kind != want.kind {
		c.report(tok, path, fmt.Sprintf("is %s in the SDK, %s in the schema", want.kind, kind))
		return
	}
	switch kind {
	case "array":
		if have.Items != nil {
			c.value(tok, path+"[]", *have.Items, *want.elem, input, seen)
		}
	case "object":
		if have.AdditionalProperties != nil {
			c.value(tok, path+"{}", *have.AdditionalProperties, *want.elem, input, seen)
		}
	case "struct":
		if !slices.Contains(seen, want.name) {
			next := append(slices.Clone(seen), want.name)
			c.object(tok, path+".", c.schema.Types[ref], c.sdk.structs[want.name], input, next)
		}
	}
}

// unexported lowers the first letter, as the SDK does for the plain form of an argument struct.
func unexported(name string) string {
	r := []rune(name)
	r[0] = unicode.ToLower(r[0])
	return string(r)
}
