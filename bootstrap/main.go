// Command bootstrap makes what an AWS account needs once, before GitHub may deploy stages of Torii to it: who GitHub is,
// a bucket and a key for the state, and for each stage three roles and the boundary of what its own roles may do.
// README.md beside it is the place to start.
package main

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

func main() {
	pulumi.Run(deploy)
}
