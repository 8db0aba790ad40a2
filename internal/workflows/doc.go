// Package workflows tests what GitHub runs: the rules that .github keeps, and scripts/ci-* with stand-ins for the
// programs that they call.
package workflows
