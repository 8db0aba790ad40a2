package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// An sdkPackage is what the Go SDK declares, read from its source.
type sdkPackage struct {
	structs   map[string]sdkStruct // by package and name: ec2.vpcArgs
	resources map[string]string    // token to package and type name: ec2.Vpc
	functions map[string]string    // token to package and the name of the function that invokes it: ec2.LookupAmi
	params    map[string]string    // that function's argument struct: ec2.LookupAmiArgs
	results   map[string]string    // and its result struct
}

// An sdkStruct maps Pulumi property names to Go types.
type sdkStruct map[string]sdkType

// An sdkType is a Go type in the terms a schema uses.
type sdkType struct {
	kind     string   // string, integer, number, boolean, array, object (a map), any, or struct
	name     string   // of a struct: package and name
	elem     *sdkType // of an array or map
	optional bool
}

func readSDK(folder string) (*sdkPackage, error) {
	sdk := &sdkPackage{
		structs: map[string]sdkStruct{}, resources: map[string]string{}, functions: map[string]string{},
		params: map[string]string{}, results: map[string]string{},
	}
	err := filepath.WalkDir(filepath.Join(folder, "go", "aws"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		sdk.add(file)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the Go SDK: %w", err)
	}
	return sdk, nil
}

// add records a file's structs and the tokens its functions register or invoke.
func (s *sdkPackage) add(file *ast.File) {
	pkg := file.Name.Name
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					if st, ok := t.Type.(*ast.StructType); ok {
						s.structs[pkg+"."+t.Name.Name] = fields(pkg, st)
					}
				}
			}
		case *ast.FuncDecl:
			if d.Recv == nil && d.Body != nil {
				s.addCalls(pkg, d)
			}
		}
	}
}

// addCalls looks for ctx.RegisterResource("token", …) and ctx.Invoke("token", …) in a function.
func (s *sdkPackage) addCalls(pkg string, f *ast.FuncDecl) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		lit, isLit := call.Args[0].(*ast.BasicLit)
		if !ok || !isLit {
			return true
		}
		tok, err := strconv.Unquote(lit.Value)
		if err != nil {
			return true
		}
		switch sel.Sel.Name {
		case "RegisterResource":
			s.resources[tok] = pkg + "." + strings.TrimPrefix(f.Name.Name, "New")
		case "Invoke":
			s.functions[tok] = pkg + "." + f.Name.Name
			if p := f.Type.Params.List; len(p) > 1 {
				s.params[tok] = structName(pkg, p[1].Type)
			}
			if r := f.Type.Results; r != nil && len(r.List) > 0 {
				s.results[tok] = structName(pkg, r.List[0].Type)
			}
		}
		return true
	})
}

// structName names the struct a pointer points to; empty when it is none.
func structName(pkg string, e ast.Expr) string {
	star, ok := e.(*ast.StarExpr)
	if !ok {
		return ""
	}
	id, ok := star.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return pkg + "." + id.Name
}

// fields reads a struct's properties from its pulumi:"…" tags.
func fields(pkg string, st *ast.StructType) sdkStruct {
	out := sdkStruct{}
	for _, f := range st.Fields.List {
		if f.Tag == nil {
			continue
		}
		tag, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			continue
		}
		if name := reflect.StructTag(tag).Get("pulumi"); name != "" {
			out[name] = goType(pkg, f.Type)
		}
	}
	return out
}
