package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRunSaysWhatItTakes(t *testing.T) {
	for _, c := range []struct {
		name     string
		args     []string
		out, err string // how they begin
	}{
		{"help", []string{"-h"}, "Prints, as Markdown, what stacks cost a month", ""},
		{"an argument", []string{"dev"}, "", "unexpected argument \"dev\"\n\nPrints"},
		{"an unknown flag", []string{"-force"}, "", "flag provided but not defined: -force\n\nPrints"},
		{"an unknown stack", []string{"-stack", "dev,nope"}, "", `there is no stack file for "nope"; there are: client-cert, dev, `},
		{"one stack", []string{"-stack", "web-fleet"}, "What web-fleet costs.\n\nList prices for ap-northeast-1 in USD", ""},
		{"two", []string{"-stack", "dev,prod"}, "List prices for ap-northeast-1 in USD", ""},
		{"what differs", []string{"-settings", "-stack", "dev,prod"}, "| setting | dev | prod |\n| --- | --- | --- |\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			err := run(c.args, &out)
			assert.Equal(t, c.out == "", out.String() == "")
			assert.True(t, strings.HasPrefix(out.String(), c.out), out.String())
			if c.err == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.True(t, strings.HasPrefix(err.Error(), c.err), err.Error())
		})
	}
}

// TestOneStackInFull is a bill that somebody can check by hand.
func TestOneStackInFull(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run([]string{"-stack", "notebooks"}, &out))
	_, rest, found := strings.Cut(out.String(), "not taken off.\n\n")
	require.True(t, found)
	assert.Equal(t, `| what | for | units | price | a month |
| --- | --- | --- | --- | --- |
| public IPv4 address | network-nat-ap-northeast-1a | 730 hours | 0.005 per hour | 3.65 |
| NAT gateway | network-nat-ap-northeast-1a | 730 hours | 0.062 per hour | 45.26 |
| instance t3.large | lab-aiko-1, lab-ken-1, lab-ken-2 | 504 hours | 0.1088 per hour | 54.84 |
| gp3 volumes | lab-aiko-1-home 50, lab-ken-1-home 50, lab-ken-2-home 50, lab-aiko-1 30, lab-ken-1 30, lab-ken-2 30 `+
		`| 240 GB-months | 0.096 per GB-month | 23.04 |
| alarm | lab-snapshots-failed, nat-gateway-drops-ap-northeast-1a, nat-gateway-ports-ap-northeast-1a | 3 months | 0.1 per month | 0.30 |
| dashboard | dashboard | 1 month | 3 per month | 3.00 |
| key | key | 1 month | 1 per month | 1.00 |
| | | | a month | **131.09** |

Not counted:

- traffic to the internet: 0.114 per GB
- traffic between zones: 0.01 per GB on either side
- traffic through NAT gateways: 0.062 per GB
- processor time of t3 and t4g beyond what comes with them: 0.05 (t4g: 0.04) per vCPU-hour
- daily snapshots: 0.05 per GB-month of what changed
- logs: 0.76 per GB that comes in, 0.033 per GB-month that is kept
- files in buckets: 0.025 per GB-month, and requests
- use of keys: 0.03 per 10,000 requests
- events of a trail that is not the first of its region: 2 per 100,000
- mails: 2 per 100,000 beyond the first 1,000
`, rest)
}

// TestAnybodysStackFile: domains, people, snapshots and machines that only AWS knows do not
// stand in the way, and another region is no secret.
func TestAnybodysStackFile(t *testing.T) {
	resources, err := resources("ours", map[string]string{
		"aws:region":    "us-east-1",
		"torii:network": `{"zones":["us-east-1a","us-east-1b"],"nat":"instance"}`,
		"torii:edge":    `{"domain":"example.org"}`,
		"torii:workloads": `{"hub":{"kind":"jupyterhub","host":"hub.example.org","admins":["aiko"],"instanceType":"r7g.4xlarge",` +
			`"userMemoryMiB":65536,"userCpus":12,"homeGiB":10,"restoreFrom":"snap-0123456789abcdef0"},` +
			`"lab":{"kind":"notebooks","people":{"stranger":1},"image":"ami-0123456789abcdef0"}}`,
	})
	require.NoError(t, err)
	stacks, err := readAll([]string{"dev"})
	require.NoError(t, err)
	bill := stacks[0].prices.Of(resources)
	assert.Equal(t, "754.53", amountOf(bill, "instance r7g.4xlarge"))
	assert.Equal(t, "18.28", amountOf(bill, "instance t3.large"))
	assert.Contains(t, bill.NotCounted[0], "prices are those of ap-northeast-1, and ")
}
