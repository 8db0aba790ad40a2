package service

import (
	"slices"

	"torii/consume"
	"torii/security"
)

// name is the service's name: that of its party in the flow table, and of its parts.
const name = "service"

// flows are who may talk to whom because of the service: the gate to it, and it to what the Torii stack has as ways out.
func flows(port int, ways []string) []security.Flow {
	why := map[string]string{
		consume.Internet:  "image pulls, logs, and what the service calls",
		consume.NAT:       "forwarded to the internet",
		consume.Endpoints: "private ways into AWS",
		consume.S3:        "image layers",
	}
	table := []security.Flow{{From: consume.Gateway, To: name, Port: port, Why: "requests and health checks"}}
	for _, way := range ways {
		// The internet is reached by addresses, Amazon S3's among them.
		if way == consume.S3 && internet(ways) {
			continue
		}
		table = append(table, security.Flow{From: name, To: way, Port: 443, Why: why[way]})
	}
	return table
}

func internet(ways []string) bool { return slices.Contains(ways, consume.Internet) }
