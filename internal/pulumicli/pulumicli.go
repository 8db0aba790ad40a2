// Package pulumicli asks the pulumi on PATH, signed in as it is, about a stack in AWS.
package pulumicli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// RegionKey is the setting that says where a stack is.
const RegionKey = "aws:region"

// Run returns what a command of Pulumi prints about a stack. Stdin may be nil. The error of one that fails is what it
// says.
func Run(ctx context.Context, stack string, stdin []byte, args ...string) ([]byte, error) {
	var said bytes.Buffer
	command := exec.CommandContext(ctx, "pulumi", append(args, "--stack", stack, "--non-interactive")...)
	command.Stdin, command.Stderr = bytes.NewReader(stdin), &said
	text, err := command.Output()
	if err != nil {
		if reason := strings.TrimSpace(said.String()); reason != "" {
			err = errors.New(reason)
		}
		return nil, fmt.Errorf("pulumi %s: %w", strings.Join(args[:min(2, len(args))], " "), err)
	}
	return text, nil
}

// AWS returns the AWS configuration of the environment, for the region given or, when that is "", the stack's own.
func AWS(ctx context.Context, stack, region string) (aws.Config, error) {
	if region == "" {
		found, err := Run(ctx, stack, nil, "config", "get", RegionKey)
		if err != nil {
			return aws.Config{}, fmt.Errorf("finding out the region of stack %s, which -region would say: %w", stack, err)
		}
		region = strings.TrimSpace(string(found))
	}
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return aws.Config{}, fmt.Errorf("reading the AWS configuration of your environment: %w", err)
	}
	return settings, nil
}
