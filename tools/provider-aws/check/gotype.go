package main

import (
	"go/ast"
	"strings"
)

// goType translates the Go type of a plain (not input, not output) SDK struct field. Only pointers tell that a property
// is optional: lists, maps and interfaces look the same either way.
func goType(pkg string, e ast.Expr) sdkType {
	switch e := e.(type) {
	case *ast.StarExpr:
		t := goType(pkg, e.X)
		t.optional = true
		return t
	case *ast.ArrayType:
		elem := goType(pkg, e.Elt)
		return sdkType{kind: "array", elem: &elem}
	case *ast.MapType:
		elem := goType(pkg, e.Value)
		return sdkType{kind: "object", elem: &elem}
	case *ast.InterfaceType:
		return sdkType{kind: "any"}
	case *ast.Ident:
		return named(pkg, e.Name)
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return outputType(x.Name, e.Sel.Name)
		}
	}
	return sdkType{kind: "any"}
}

func named(pkg, name string) sdkType {
	switch name {
	case "string":
		return sdkType{kind: "string"}
	case "int":
		return sdkType{kind: "integer"}
	case "float64":
		return sdkType{kind: "number"}
	case "bool":
		return sdkType{kind: "boolean"}
	case "any":
		return sdkType{kind: "any"}
	}
	if base, ok := strings.CutSuffix(name, "ArrayOutput"); ok {
		return sdkType{kind: "array", elem: &sdkType{kind: "struct", name: pkg + "." + base}}
	}
	base := strings.TrimSuffix(strings.TrimSuffix(name, "Output"), "Ptr")
	return sdkType{kind: "struct", name: pkg + "." + base}
}

// outputTypes are the plain types behind the Pulumi SDK's output types.
var outputTypes = map[string]sdkType{
	"StringOutput": {kind: "string"}, "StringPtrOutput": {kind: "string"},
	"IntOutput": {kind: "integer"}, "IntPtrOutput": {kind: "integer"},
	"Float64Output": {kind: "number"}, "Float64PtrOutput": {kind: "number"},
	"BoolOutput": {kind: "boolean"}, "BoolPtrOutput": {kind: "boolean"},
	"StringArrayOutput": {kind: "array", elem: &sdkType{kind: "string"}},
	"IntArrayOutput":    {kind: "array", elem: &sdkType{kind: "integer"}},
	"StringMapOutput":   {kind: "object", elem: &sdkType{kind: "string"}},
}

func outputType(pkg, name string) sdkType {
	if t, ok := outputTypes[name]; ok && pkg == "pulumi" {
		return t
	}
	return sdkType{kind: "any"}
}
