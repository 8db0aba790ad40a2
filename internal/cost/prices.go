package cost

import (
	"bytes"
	_ "embed" // prices.yaml
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

//go:embed prices.yaml
var file []byte

// Prices is what prices.yaml says.
type Prices struct {
	Region    string             `yaml:"region"`
	Date      string             `yaml:"date"` // on which they were put together
	Currency  string             `yaml:"currency"`
	Sources   []string           `yaml:"sources"`
	Basis     Basis              `yaml:"basis"`
	Items     []Item             `yaml:"items"`     // in the order of tables
	Instances map[string]float64 `yaml:"instances"` // for an hour, by instance type
	Usage     []Usage            `yaml:"usage"`     // what depends on use
	Free      []string           `yaml:"free"`      // types without a price of their own

	order map[string]int // of items, by key
}

// Basis is what is assumed of a month.
type Basis struct {
	HoursPerMonth          float64 `yaml:"hoursPerMonth"`
	NotebookHours          float64 `yaml:"notebookHours"` // of a notebook that stops itself when idle
	StartedHours           float64 `yaml:"startedHours"`  // of a group that is empty until somebody starts one
	MetricsPerInstance     float64 `yaml:"metricsPerInstance"`
	MetricsPerHub          float64 `yaml:"metricsPerHub"`
	AlarmsPerScalingPolicy float64 `yaml:"alarmsPerScalingPolicy"`
}

// Item is one thing that AWS bills by time or by size.
type Item struct {
	Key   string  `yaml:"key"`
	What  string  `yaml:"what"`
	Unit  string  `yaml:"unit"`
	Price float64 `yaml:"price"`
}

// Usage is one thing that AWS bills by use, and the types that a stack has it with.
type Usage struct {
	Types []string `yaml:"types"`
	Text  string   `yaml:"text"`
}

// instanceKey is the item that stands where lines of instance types do.
const instanceKey = "instance"

// Load reads the prices that the program brings. It fails only when prices.yaml was edited
// into something else.
func Load() (*Prices, error) { return parse(file) }

func parse(text []byte) (*Prices, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	p := &Prices{}
	if err := decoder.Decode(p); err != nil {
		return nil, fmt.Errorf("reading prices: %w", err)
	}
	p.order = map[string]int{}
	for i, item := range p.Items {
		p.order[item.Key] = i
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("reading prices: %w", err)
	}
	return p, nil
}

// check wants every price that the rules ask for.
func (p *Prices) check() error {
	var problems []error
	for _, key := range itemKeys {
		if _, there := p.order[key]; !there {
			problems = append(problems, fmt.Errorf("item %s is missing", key))
		}
	}
	for _, item := range p.Items {
		if (item.Price > 0) == (item.Key == instanceKey) || item.What == "" || item.Unit == "" || !slices.Contains(itemKeys, item.Key) {
			problems = append(problems, fmt.Errorf("item %s is unknown, or lacks what, unit or price", item.Key))
		}
	}
	for name, price := range p.Instances {
		if price <= 0 {
			problems = append(problems, fmt.Errorf("instance type %s has no price", name))
		}
	}
	b := p.Basis
	if slices.Contains([]float64{
		b.HoursPerMonth, b.NotebookHours, b.StartedHours, b.MetricsPerInstance, b.MetricsPerHub, b.AlarmsPerScalingPolicy,
	}, 0) {
		problems = append(problems, errors.New("basis lacks a number"))
	}
	return errors.Join(problems...)
}

// item is one of Items and its place, which check has seen to.
func (p *Prices) item(key string) (Item, int) { return p.Items[p.order[key]], p.order[key] }

// freePackages are the providers of things that cost nothing.
var freePackages = []string{"pulumi", "tls", "random"}

func (p *Prices) isFree(kind string) bool {
	name, _, _ := strings.Cut(kind, ":")
	return slices.Contains(freePackages, name) || slices.Contains(p.Free, kind)
}

func (p *Prices) dependsOnUse(kind string) bool {
	return slices.ContainsFunc(p.Usage, func(each Usage) bool { return slices.Contains(each.Types, kind) })
}
