package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// cutServicePackages keeps the wanted services in the generated list of all services.
func cutServicePackages(root string, services map[string]bool) error {
	return rewrite(filepath.Join(root, "internal", "provider", "service_packages_gen.go"), func(file *ast.File) error {
		left := 0
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			var elts []ast.Expr
			for _, e := range lit.Elts {
				if services[receiver(e)] {
					elts = append(elts, e)
				}
			}
			lit.Elts, left = elts, left+len(elts)
			return false
		})
		if left != len(services) {
			return fmt.Errorf("%d services are wanted, the provider lists %d of them", len(services), left)
		}
		return nil
	})
}

// cutClients keeps those generated AWSClient methods that the copied source calls: each of the others would pull in
// the AWS SDK package of a service that is not there.
func cutClients(root string) error {
	used, err := selectors(filepath.Join(root, "internal"))
	if err != nil {
		return err
	}
	return rewrite(filepath.Join(root, "internal", "conns", "awsclient_gen.go"), func(file *ast.File) error {
		var decls []ast.Decl
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && !used[f.Name.Name] {
				continue
			}
			decls = append(decls, d)
		}
		file.Decls = decls
		return nil
	})
}

// receiver returns x for the call x.ServicePackage(…).
func receiver(e ast.Expr) string {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return ""
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	x, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return x.Name
}

// selectors collects every name that is selected from something (x.Name) in the Go files below a folder.
func selectors(root string) (map[string]bool, error) {
	used := map[string]bool{}
	err := filepath.WalkDir(root, func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isSource(file) {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				used[s.Sel.Name] = true
			}
			return true
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for the clients in use: %w", err)
	}
	return used, nil
}

// rewrite parses a file, lets edit change it, drops the imports nothing uses any more and writes it back. Comments go:
// the printer would put those of removed code in odd places.
func rewrite(file string, edit func(*ast.File) error) error {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("parsing a generated table: %w", err)
	}
	if err := edit(parsed); err != nil {
		return fmt.Errorf("cutting %s: %w", filepath.Base(file), err)
	}
	dropUnusedImports(parsed)

	var out bytes.Buffer
	if err := format.Node(&out, fset, parsed); err != nil {
		return fmt.Errorf("printing %s: %w", filepath.Base(file), err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		return fmt.Errorf("writing a generated table: %w", err)
	}
	return nil
}

// dropUnusedImports removes imports whose name is selected from nowhere in the file.
func dropUnusedImports(file *ast.File) {
	used := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				used[x.Name] = true
			}
		}
		return true
	})
	for _, d := range file.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.IMPORT {
			continue
		}
		var specs []ast.Spec
		for _, s := range gen.Specs {
			if used[importName(s.(*ast.ImportSpec))] {
				specs = append(specs, s)
			}
		}
		gen.Specs = specs
	}
}

// importName is the name an import is used under: its alias, or the last element of its path.
func importName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(path.Base(p), "-", "_")
}
