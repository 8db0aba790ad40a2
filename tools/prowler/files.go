// Package prowler holds a program that audits an AWS on this machine with Prowler, a Python package.
package prowler

import "embed"

// Files are the program and the packages it needs.
//
//go:embed audit.py requirements.txt
var Files embed.FS
