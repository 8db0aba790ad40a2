package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"torii/internal/cost"
	"torii/internal/recorder"
	"torii/stack"
)

// costed is a stack and what it costs.
type costed struct {
	name   string
	config map[string]string // full key to JSON text
	prices *cost.Prices
	bill   cost.Bill
}

// readAll reads stack files by their stacks' names.
func readAll(names []string) ([]costed, error) {
	prices, err := cost.Load()
	if err != nil {
		return nil, err
	}
	files, err := recorder.StackFiles()
	if err != nil {
		return nil, err
	}
	var all []costed
	for _, name := range names {
		file, there := files[name]
		if !there {
			return nil, fmt.Errorf("there is no stack file for %q; there are: %s", name, strings.Join(slices.Sorted(maps.Keys(files)), ", "))
		}
		config, err := recorder.Config(file)
		if err != nil {
			return nil, err
		}
		resources, err := resources(name, config)
		if err != nil {
			return nil, fmt.Errorf("reading stack %s: %w", name, err)
		}
		all = append(all, costed{name: name, config: config, prices: prices, bill: prices.Of(resources)})
	}
	return all, nil
}

// resources is what the program asks of AWS for a stack.
func resources(name string, config map[string]string) ([]cost.Resource, error) {
	recording, err := recorder.RunWith(name, config, stack.Deploy, agreeable(config))
	if err != nil {
		return nil, err
	}
	var all []cost.Resource
	for _, each := range recording.All() {
		if each.Custom {
			all = append(all, cost.Resource{
				Type: each.Type, Name: each.Name, DependsOn: each.DependsOn, Inputs: each.Inputs.Mappable(),
			})
		}
	}
	return all, nil
}

// agreeable is an AWS in which whatever a stack file names is there and large enough: what it
// costs does not depend on that.
func agreeable(config map[string]string) recorder.Answers {
	region := config["aws:region"]
	if region == "" {
		region = recorder.Region
	}
	return recorder.Answers{
		"aws:index/getRegion:getRegion":   {"name": region},
		"aws:route53/getZone:getZone":     {"zoneId": recorder.ZoneID},
		"aws:iam/getUser:getUser":         {"userId": "AIDARECORDED"},
		"aws:ebs/getSnapshot:getSnapshot": {"volumeSize": 1},
		"aws:ec2/getInstanceType:getInstanceType": {
			"supportedArchitectures": []any{"x86_64"}, "memorySize": 1 << 24, "defaultVcpus": 1 << 10, "hypervisor": "nitro",
		},
	}
}
