// Command cut copies the Terraform AWS provider's source into a folder of its own and cuts the copy down to a list of
// services: the whole provider takes the better part of half an hour to compile, the cut one a few minutes. It uses the
// standard library only, so that it runs before anything else is downloaded.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	from := flag.String("from", "", "folder of the Terraform AWS provider's source (read only)")
	to := flag.String("to", "", "folder to write the cut copy to")
	list := flag.String("services", "services.txt", "file that lists the services to keep, one a line")
	flag.Parse()

	if err := run(*from, *to, *list); err != nil {
		fmt.Fprintln(os.Stderr, "cut:", err)
		os.Exit(1)
	}
}

func run(from, to, list string) error {
	if from == "" || to == "" {
		return fmt.Errorf("both -from and -to are needed")
	}
	services, err := readServices(list)
	if err != nil {
		return err
	}
	compiled, err := closure(from, services)
	if err != nil {
		return err
	}
	if err := copySource(from, to, compiled); err != nil {
		return err
	}
	if err := cutServicePackages(to, services); err != nil {
		return err
	}
	return cutClients(to)
}
