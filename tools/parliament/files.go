// Package parliament holds a program that lints IAM policies with parliament, a Python package.
package parliament

import "embed"

// Files are the program and the packages it needs.
//
//go:embed lint.py requirements.txt
var Files embed.FS
