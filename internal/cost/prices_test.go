package cost

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPricesSayWhereAndWhen(t *testing.T) {
	prices := load(t)
	assert.Equal(t, "ap-northeast-1", prices.Region)
	assert.Equal(t, "USD", prices.Currency)
	_, err := time.Parse(time.DateOnly, prices.Date)
	require.NoError(t, err)
	require.NotEmpty(t, prices.Sources)
	for _, source := range prices.Sources {
		assert.True(t, strings.HasPrefix(source, "https://aws.amazon.com/"), source)
	}
	assert.Equal(t, Basis{
		HoursPerMonth: 730, NotebookHours: 168, StartedHours: 40, MetricsPerInstance: 7, MetricsPerHub: 5, AlarmsPerScalingPolicy: 2,
	}, prices.Basis)
}

// TestATypeIsOneThing: a type that has a price must not be called free as well.
func TestATypeIsOneThing(t *testing.T) {
	prices := load(t)
	assert.Len(t, prices.Items, len(itemKeys))
	seen := map[string]bool{}
	for _, kind := range prices.Free {
		_, priced := rules[kind]
		assert.False(t, priced || prices.dependsOnUse(kind) || seen[kind], kind)
		seen[kind] = true
	}
	for _, item := range prices.Items {
		assert.False(t, seen[item.Key], item.Key)
		seen[item.Key] = true
	}
}

// TestTypesOfOneFamilyDouble: from nano to 2xlarge each is twice the one before, as AWS has
// it but for its rounding. A slip of a digit would not be.
func TestTypesOfOneFamilyDouble(t *testing.T) {
	sizes := []string{"nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge"}
	prices, pairs := load(t), 0
	for name, price := range prices.Instances {
		family, size, _ := strings.Cut(name, ".")
		at := slices.Index(sizes, size)
		require.GreaterOrEqual(t, at, 0, name)
		if at+1 == len(sizes) {
			continue
		}
		if next, there := prices.Instances[family+"."+sizes[at+1]]; there {
			assert.InEpsilon(t, 2*price, next, 0.005, "%s and the next one", name)
			pairs++
		}
	}
	assert.Greater(t, pairs, 50)
}

func TestBrokenPricesAreRefused(t *testing.T) {
	for want, edit := range map[string][2]string{
		"field regions not found":                                   {"region:", "regions:"},
		"item nat-gateway is missing":                               {"key: nat-gateway,", "key: nat-gate,"},
		"item nat-gate is unknown, or lacks what, unit or price":    {"key: nat-gateway,", "key: nat-gate,"},
		"item public-ipv4 is unknown, or lacks what, unit or price": {"price: 0.005}", "price: 0}"},
		"instance type t3.nano has no price":                        {"t3.nano: 0.0068", "t3.nano: -1"},
		"basis lacks a number":                                      {"notebookHours: 168", "notebookHours: 0"},
		"mapping values are not allowed in this context":            {"currency: USD", "currency: USD: x"},
	} {
		broken := strings.Replace(string(file), edit[0], edit[1], 1)
		require.NotEqual(t, string(file), broken, want)
		_, err := parse([]byte(broken))
		assert.ErrorContains(t, err, want)
	}
}
