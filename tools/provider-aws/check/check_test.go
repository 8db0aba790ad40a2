package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"testing"
)

// sdkSource is the Go SDK of one resource, as the SDK's generator writes it.
const sdkSource = `package ec2

type Vpc struct {
	pulumi.CustomResourceState

	Arn  pulumi.StringOutput ` + "`pulumi:\"arn\"`" + `
	Tags pulumi.StringMapOutput ` + "`pulumi:\"tags\"`" + `
}

func NewVpc(ctx *pulumi.Context, name string, args *VpcArgs) (*Vpc, error) {
	err := ctx.RegisterResource("aws:ec2/vpc:Vpc", name, args, &resource, opts...)
	return &resource, err
}

type vpcArgs struct {
	CidrBlock string            ` + "`pulumi:\"cidrBlock\"`" + `
	Count     *int              ` + "`pulumi:\"count\"`" + `
	Rules     []VpcRule         ` + "`pulumi:\"rules\"`" + `
	Tags      map[string]string ` + "`pulumi:\"tags\"`" + `
	Kind      *Kind             ` + "`pulumi:\"kind\"`" + `
}

type VpcRule struct {
	Port *int ` + "`pulumi:\"port\"`" + `
}

type LookupVpcArgs struct {
	Id *string ` + "`pulumi:\"id\"`" + `
}

type LookupVpcResult struct {
	Arn string ` + "`pulumi:\"arn\"`" + `
}

func LookupVpc(ctx *pulumi.Context, args *LookupVpcArgs) (*LookupVpcResult, error) {
	var rv LookupVpcResult
	err := ctx.Invoke("aws:ec2/getVpc:getVpc", args, &rv, opts...)
	return &rv, err
}
`

func parseSDK(t *testing.T) *sdkPackage {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "vpc.go", sdkSource, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	sdk := &sdkPackage{
		structs: map[string]sdkStruct{}, resources: map[string]string{}, functions: map[string]string{},
		params: map[string]string{}, results: map[string]string{},
	}
	for _, f := range []*ast.File{file} {
		sdk.add(f)
	}
	return sdk
}

// matching is a schema with nothing to report.
func matching() packageSchema {
	str := typeSchema{Type: "string"}
	return packageSchema{
		Resources: map[string]resourceSchema{"aws:ec2/vpc:Vpc": {
			InputProperties: map[string]typeSchema{
				"cidrBlock": str, "count": {Type: "integer"}, "kind": str,
				"rules": {Type: "array", Items: &typeSchema{Ref: "#/types/aws:ec2/VpcRule:VpcRule"}},
				"tags":  {Type: "object", AdditionalProperties: &str},
			},
			RequiredInputs: []string{"cidrBlock"},
			Properties:     map[string]typeSchema{"arn": str, "tags": {Type: "object", AdditionalProperties: &str}},
		}},
		Functions: map[string]functionSchema{"aws:ec2/getVpc:getVpc": {
			Inputs:  objectSchema{Properties: map[string]typeSchema{"id": str}},
			Outputs: objectSchema{Properties: map[string]typeSchema{"arn": str}},
		}},
		Types: map[string]objectSchema{
			"aws:ec2/VpcRule:VpcRule": {Properties: map[string]typeSchema{"port": {Type: "integer"}}},
		},
	}
}

func TestCompare(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(*packageSchema)
		want []string
	}{
		{"equal", func(*packageSchema) {}, nil},
		{"missing input", func(s *packageSchema) { delete(s.Resources["aws:ec2/vpc:Vpc"].InputProperties, "count") },
			[]string{"aws:ec2/vpc:Vpc count missing"}},
		{"missing output", func(s *packageSchema) { delete(s.Resources["aws:ec2/vpc:Vpc"].Properties, "arn") },
			[]string{"aws:ec2/vpc:Vpc out:arn missing"}},
		{"one instead of a list", func(s *packageSchema) {
			s.Resources["aws:ec2/vpc:Vpc"].InputProperties["rules"] = typeSchema{Ref: "#/types/aws:ec2/VpcRule:VpcRule"}
		}, []string{"aws:ec2/vpc:Vpc rules is array in the SDK, struct in the schema"}},
		{"deep inside", func(s *packageSchema) {
			s.Types["aws:ec2/VpcRule:VpcRule"].Properties["port"] = typeSchema{Type: "string"}
		}, []string{"aws:ec2/vpc:Vpc rules[].port is integer in the SDK, string in the schema"}},
		{"required too much and too little", func(s *packageSchema) {
			r := s.Resources["aws:ec2/vpc:Vpc"]
			r.RequiredInputs = []string{"count", "other"}
			s.Resources["aws:ec2/vpc:Vpc"] = r
		}, []string{
			"aws:ec2/vpc:Vpc cidrBlock optional",
			"aws:ec2/vpc:Vpc count required",
			"aws:ec2/vpc:Vpc other required but not in the SDK",
		}},
		{"function", func(s *packageSchema) { delete(s.Functions["aws:ec2/getVpc:getVpc"].Outputs.Properties, "arn") },
			[]string{"aws:ec2/getVpc:getVpc out:arn missing"}},
		{"unknown token", func(s *packageSchema) { s.Resources["aws:ec2/no:No"] = resourceSchema{} },
			[]string{"aws:ec2/no:No is not in the SDK"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			schema := matching()
			test.edit(&schema)
			if got := compare(schema, parseSDK(t)); !slices.Equal(got, test.want) {
				t.Errorf("compare = %q, want %q", got, test.want)
			}
		})
	}
}

func TestDiff(t *testing.T) {
	fresh, stale := diff([]string{"a", "b", "d"}, []string{"b", "c"})
	if !slices.Equal(fresh, []string{"a", "d"}) || !slices.Equal(stale, []string{"c"}) {
		t.Errorf("diff = %q, %q, want [a d], [c]", fresh, stale)
	}
}

func TestLacks(t *testing.T) {
	tokens := []string{"aws:ec2/getVpc:getVpc", "aws:ec2/no:No", "aws:ec2/vpc:Vpc"}
	if got := matching().lacks(tokens); !slices.Equal(got, []string{"aws:ec2/no:No"}) {
		t.Errorf("lacks = %q, want [aws:ec2/no:No]", got)
	}
}
