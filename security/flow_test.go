package security_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/security"
)

var groups = []string{"gateway", "site"}

func TestCheckAcceptsATable(t *testing.T) {
	require.NoError(t, security.Check(groups, []security.Flow{
		{From: security.Internet, To: "gateway", Port: 443, Why: "clients", Open: []string{"0.0.0.0/0", "::/0"}},
		{From: "gateway", To: "site", Port: 80, Why: "requests"},
		{From: "gateway", To: "site", Port: 81, Why: "requests"},
		{From: "site", To: security.Internet, Port: 443, Why: "pulls"},
		{From: "site", To: security.S3, Port: 443, Why: "layers"},
		{From: "site", To: security.Network, Port: 5432, Why: "a database"},
	}))
}

func TestCheckRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		flows []security.Flow
		want  string
	}{
		"a way out that is not 443": {
			[]security.Flow{{From: "site", To: security.Internet, Port: 80, Why: "x"}},
			"flow from site to internet on port 80: the way out is 443 only"},
		"a way to S3 that is not 443": {
			[]security.Flow{{From: "site", To: security.S3, Port: 80, Why: "x"}},
			"flow from site to s3 on port 80: the way out is 443 only"},
		"no port": {
			[]security.Flow{{From: "gateway", To: "site", Why: "x"}},
			"flow from gateway to site on port 0: port must be 1 to 65535"},
		"somebody unknown who connects": {
			[]security.Flow{{From: "guest", To: "site", Port: 80, Why: "x"}},
			"flow from guest to site on port 80: guest is not a party that connects"},
		"S3 that connects": {
			[]security.Flow{{From: security.S3, To: "site", Port: 80, Why: "x"}},
			"flow from s3 to site on port 80: s3 is not a party that connects"},
		"somebody unknown who is connected to": {
			[]security.Flow{{From: "gateway", To: "db", Port: 5432, Why: "x"}},
			"flow from gateway to db on port 5432: db is not a party that is connected to"},
		"a flow past us": {
			[]security.Flow{{From: security.Internet, To: security.Internet, Port: 443, Why: "x", Open: []string{"0.0.0.0/0"}}},
			"flow from internet to internet on port 443: none of the parties is ours"},
		"the internet without saying which part of it": {
			[]security.Flow{{From: security.Internet, To: "gateway", Port: 443, Why: "x"}},
			"flow from internet to gateway on port 443: address ranges are for flows from the internet, and needed there"},
		"ranges for a group": {
			[]security.Flow{{From: "gateway", To: "site", Port: 80, Why: "x", Open: []string{"0.0.0.0/0"}}},
			"flow from gateway to site on port 80: address ranges are for flows from the internet, and needed there"},
		"a range that is none": {
			[]security.Flow{{From: security.Internet, To: "gateway", Port: 443, Why: "x", Open: []string{"all"}}},
			`flow from internet to gateway on port 443: range "all": netip.ParsePrefix("all"): no '/'`},
		"a reason in letters that AWS refuses": {
			[]security.Flow{{From: "gateway", To: "site", Port: 80, Why: "the team's requests"}},
			`flow from gateway to site on port 80: reason "the team's requests" has characters that AWS refuses, or is too long`},
		"a reason too long": {
			[]security.Flow{{From: "gateway", To: "site", Port: 80, Why: strings.Repeat("x", 250)}},
			`flow from gateway to site on port 80: reason "` + strings.Repeat("x", 250) + `" has characters that AWS refuses, or is too long`},
		"a flow twice": {
			[]security.Flow{{From: "gateway", To: "site", Port: 80, Why: "x"}, {From: "gateway", To: "site", Port: 80, Why: "y"}},
			"flow from gateway to site on port 80: is in the table twice"},
	} {
		t.Run(name, func(t *testing.T) {
			require.EqualError(t, security.Check(groups, test.flows), test.want)
		})
	}
}

func TestTable(t *testing.T) {
	assert.Equal(t, ""+
		"from      to        port     why\n"+
		"internet  gateway   tcp/443  clients\n"+
		"internet  gateway   tcp/80   redirected (from 203.0.113.0/24, ::/0)\n"+
		"site      internet  tcp/443  pulls\n",
		security.Table([]security.Flow{
			{From: security.Internet, To: "gateway", Port: 443, Why: "clients", Open: []string{"0.0.0.0/0"}},
			{From: security.Internet, To: "gateway", Port: 80, Why: "redirected", Open: []string{"203.0.113.0/24", "::/0"}},
			{From: "site", To: security.Internet, Port: 443, Why: "pulls"},
		}))
}
