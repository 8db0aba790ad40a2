// Torii gives a small team on AWS a private network, one guarded front gate and
// the workloads behind it. README.md is the place to start.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/stack"
)

func main() {
	pulumi.Run(stack.Deploy)
}
