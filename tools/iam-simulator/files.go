// Package simulator holds the program that stands in for AWS's policy simulator, which
// needs an account. Node runs it, with packages of the npm registry.
package simulator

import "embed"

// Files are the program, the packages it needs, and the Python package that brings Node.
//
//go:embed simulate.mjs lint.mjs survey.mjs package.json package-lock.json requirements.txt
var Files embed.FS
