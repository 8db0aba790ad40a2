// Second-service puts one more web service behind the gate of a Torii stack: a program of its own, with a state of its
// own, that reads the other's outputs and changes nothing of it.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/examples/second-service/service"
)

func main() {
	pulumi.Run(service.Deploy)
}
