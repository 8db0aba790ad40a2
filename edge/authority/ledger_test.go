package authority

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	before = "2026-03-01T00:00:00Z"
	today  = "2026-06-01T00:00:00Z"
	later  = "2027-01-01T00:00:00Z"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return parsed
}

func good(client, serial, end string) Issued {
	return Issued{Client: client, Serial: serial, NotAfter: end}
}

func revoked(client, serial, end, when string) Issued {
	return Issued{Client: client, Serial: serial, NotAfter: end, Revoked: true, RevokedAt: when}
}

func TestSettle(t *testing.T) {
	for _, test := range []struct {
		name    string
		before  []Issued
		clients []string
		want    []Issued
	}{
		{"nothing was issued", nil, []string{"a"}, nil},
		{"a client that stays", []Issued{good("a", "01", later)}, []string{"a"}, []Issued{good("a", "01", later)}},
		{"all that a client ever had is revoked",
			[]Issued{good("a", "01", later), good("b", "02", later), good("a", "03", later)}, []string{"b"},
			[]Issued{revoked("a", "01", later, today), good("b", "02", later), revoked("a", "03", later, today)}},
		{"what is revoked stays so for a client that is back", []Issued{revoked("a", "01", later, before)}, []string{"a"},
			[]Issued{revoked("a", "01", later, before)}},
		{"the day of a revocation stays", []Issued{revoked("a", "01", later, before)}, nil, []Issued{revoked("a", "01", later, before)}},
		{"older ones of a client stay good", []Issued{good("a", "01", later), good("a", "02", later)}, []string{"a"},
			[]Issued{good("a", "01", later), good("a", "02", later)}},
		{"what has ended is forgotten", []Issued{good("a", "01", before), good("a", "02", today), good("a", "03", later)}, []string{"a"},
			[]Issued{good("a", "03", later)}},
		{"what has ended is not revoked", []Issued{good("a", "01", before)}, nil, nil},
		{"a revoked one that has ended stays on the list", []Issued{revoked("a", "01", before, before)}, []string{"b"},
			[]Issued{revoked("a", "01", before, before)}},
		{"until the next is revoked", []Issued{revoked("a", "01", before, before), good("b", "02", later)}, nil,
			[]Issued{revoked("b", "02", later, today)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := settle(test.before, test.clients, at(t, today))
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestSettleTellsWhatItCannotRead(t *testing.T) {
	_, err := settle([]Issued{good("a", "01", "soon")}, []string{"a"}, at(t, today))
	assert.ErrorContains(t, err, "reading what was issued to a: ")
}

// TestSettleLeavesItsArgument calls it twice on the same: a program may be run by a test more than once.
func TestSettleLeavesItsArgument(t *testing.T) {
	given := []Issued{revoked("a", "01", before, before), good("b", "02", later)}
	_, err := settle(given, nil, at(t, today))
	require.NoError(t, err)
	assert.Equal(t, []Issued{revoked("a", "01", before, before), good("b", "02", later)}, given)
}

func TestRound(t *testing.T) {
	in := func(round int, of Issued) Issued {
		of.Round = round
		return of
	}
	for _, test := range []struct {
		name   string
		ledger []Issued
		want   int
	}{
		{"new", nil, 0},
		{"another's", []Issued{revoked("b", "01", later, today)}, 0},
		{"there since", []Issued{good("a", "01", later), good("a", "02", later)}, 0},
		{"back", []Issued{revoked("a", "01", later, before)}, 1},
		{"back and there since", []Issued{revoked("a", "01", later, before), in(1, good("a", "02", later))}, 1},
		{"the first forgotten", []Issued{in(1, good("a", "02", later))}, 1},
		{"back again", []Issued{in(1, revoked("a", "02", later, before)), in(0, revoked("a", "01", later, before))}, 2},
	} {
		t.Run(test.name, func(t *testing.T) { assert.Equal(t, test.want, round(test.ledger, "a")) })
	}
}
