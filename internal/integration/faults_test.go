//go:build integration

package integration

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"torii/internal/awsfaults"
	"torii/internal/localaws"
	"torii/internal/localdeploy"
	"torii/internal/recovery"
)

// How a round disturbs a deployment.
const (
	killsEngine   = "engine killed"
	killsProvider = "provider killed"
)

// kinds are what happens to deployments, in turns.
var kinds = []string{
	killsEngine, killsProvider, string(awsfaults.Unavailable), string(awsfaults.Dropped), string(awsfaults.Throttled),
}

// TestUpdatesThatAreCutOff disturbs deployments at moments of chance, from TORII_FAULT_SEED on, until TORII_FAULT_ROUNDS of
// each stack were hit: 3 of the first here, 10 of each in `make exhaustive`. After each the next deployment goes through,
// the one after that changes nothing, AWS has as much of everything as where nothing happened, and data stands where it
// stood.
func TestUpdatesThatAreCutOff(t *testing.T) {
	t.Parallel()
	stacks, rounds := batteries[:1], uint64(3)
	if exhaustive {
		stacks, rounds = batteries, 10
	}
	rounds = fromEnvironment(t, "TORII_FAULT_ROUNDS", rounds)
	seed := fromEnvironment(t, "TORII_FAULT_SEED", uint64(time.Now().UnixNano()))
	t.Logf("TORII_FAULT_SEED=%d TORII_FAULT_ROUNDS=%d", seed, rounds)
	for _, each := range stacks {
		t.Run(each.example, func(t *testing.T) {
			t.Parallel()
			newBattered(t, each, seed).rounds(int(rounds))
		})
	}
}

// rounds goes on until so many deployments were hit, and says what came of them.
func (b *battered) rounds(wanted int) {
	b.reference()
	hits, round := 0, 0
	for ; hits < wanted; round++ {
		require.Less(b.t, round, 3*wanted, "deployments are too short to be hit:\n%s", strings.Join(b.figures, "\n"))
		if b.round(round, kinds[hits%len(kinds)]) {
			hits++
		}
	}
	b.down((round - 1) % len(b.forms))
	for _, line := range b.figures {
		b.t.Log(line)
	}
	b.t.Logf("TOTAL %s: %d of %d deployments hit: %v; found made %d, not made %d, twice %d, repeats %d, to look at %d, strangers %d",
		b.example, hits, round, b.byKind, b.verdicts[recovery.Made], b.verdicts[recovery.NotMade], b.verdicts[recovery.Twice],
		b.verdicts[recovery.Repeats], b.verdicts[recovery.Look], b.verdicts[recovery.Stranger])
}

func fromEnvironment(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	number, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, name)
	return number
}

// battered is a site whose deployments are disturbed.
type battered struct {
	*site
	battery
	proxy    *awsfaults.Proxy
	chance   *rand.Rand
	counts   []map[string]int // of what AWS has in each form of the stack
	long     []time.Duration  // that a deployment takes into each form
	figures  []string
	byKind   map[string]int
	verdicts map[recovery.Verdict]int
}

func newBattered(t *testing.T, stands battery, seed uint64) *battered {
	t.Helper()
	s := newSite(t, "battered", stands.domain, "aiko")
	proxy, err := awsfaults.Start(s.server.URL, seed)
	require.NoError(t, err)
	t.Cleanup(proxy.Close)
	through := *s.server
	through.URL = proxy.URL
	s.through = &through
	return &battered{site: s, battery: stands, proxy: proxy, chance: rand.New(rand.NewPCG(seed, 1)),
		byKind: map[string]int{}, verdicts: map[recovery.Verdict]int{}}
}

// wanted is the settings of a form of the stack.
func (b *battered) wanted(form int) settings {
	chosen := stackFile(b.t, "examples/Pulumi."+b.example+".yaml")
	b.forms[form](chosen)
	return chosen
}

// reference deploys each form undisturbed.
func (b *battered) reference() {
	for form := range b.forms {
		result := b.up(fmt.Sprintf("form %d, undisturbed", form), b.wanted(form))
		b.long = append(b.long, result.Duration)
		b.counts = append(b.counts, b.count())
		b.complete()
	}
	b.down(len(b.forms) - 1)
}

// down takes the stack down from a form. The key of its homes stays, and is none of the next stack's.
func (b *battered) down(form int) {
	b.t.Helper()
	b.destroyed(b.wanted(form))
	now, err := b.server.Resources(b.t.Context())
	require.NoError(b.t, err)
	b.baseline = now
}

// count is how many things of each kind AWS has.
func (b *battered) count() map[string]int {
	b.t.Helper()
	counts := map[string]int{}
	for service, kinds := range b.standing() {
		for kind, all := range kinds {
			counts[service+" "+kind] = len(all)
		}
	}
	return counts
}

func (b *battered) standing() localaws.Resources {
	b.t.Helper()
	now, err := b.server.Resources(b.t.Context())
	require.NoError(b.t, err)
	return now.Without(b.baseline)
}

// data is what may hold users' data, by ID.
func (b *battered) data() []string {
	b.t.Helper()
	var all []string
	now := b.standing()
	for _, kind := range []struct{ service, name string }{
		{"ec2", "Volume"}, {"kms", "Key"}, {"s3", "FakeBucket"},
	} {
		all = append(all, now[kind.service][kind.name]...)
	}
	return all
}

// round disturbs one deployment, sees it mended, and says whether it was hit.
func (b *battered) round(round int, kind string) bool {
	b.t.Helper()
	form := round % len(b.forms)
	if form == 0 && round > 0 {
		b.down(len(b.forms) - 1)
	}
	chosen := b.wanted(form)
	held := b.data()
	after := time.Duration(float64(b.long[form]) * (0.1 + 0.8*b.chance.Float64()))
	hit, hurt := b.disturbed(chosen, kind, after)

	started := time.Now()
	result := b.up("up again", chosen)
	findings := result.Settled
	if kind == string(awsfaults.Dropped) { // of which not even the engine may know
		more, err := localdeploy.Recover(b.t.Context(), b.spec(chosen))
		require.NoError(b.t, err)
		findings = append(findings, more...)
		b.up("up after recovery", chosen)
	}
	took := time.Since(started)
	b.unchanged(chosen)
	require.Equal(b.t, b.counts[form], b.count(), "round %d (%s): AWS has\n%s", round, kind, b.standing())
	now := b.data()
	for _, id := range held {
		require.Contains(b.t, now, id, "round %d (%s): data is left where it stands", round, kind)
	}
	if hit {
		b.byKind[kind]++
	}
	verdicts := map[recovery.Verdict]int{}
	for _, each := range findings {
		verdicts[each.Verdict]++
		b.verdicts[each.Verdict]++
	}
	line := fmt.Sprintf("ROUND %d form %d: %s after %s (%s); %v; converged in %s",
		round, form, kind, after.Round(100*time.Millisecond), hurt, sortedVerdicts(verdicts), took.Round(time.Second))
	b.figures = append(b.figures, line)
	b.t.Log(line)
	return hit
}

func sortedVerdicts(all map[recovery.Verdict]int) []string {
	var found []string
	for _, verdict := range slices.Sorted(maps.Keys(all)) {
		found = append(found, fmt.Sprintf("%s %d", verdict, all[verdict]))
	}
	return found
}

// disturbed deploys and lets something happen on the way. It returns whether the deployment was hit, and what came of it.
func (b *battered) disturbed(chosen settings, kind string, after time.Duration) (bool, string) {
	b.t.Helper()
	ended := make(chan error, 1)
	go func() {
		_, err := localdeploy.Up(b.t.Context(), b.spec(chosen))
		ended <- err
	}()
	select {
	case err := <-ended:
		return false, fmt.Sprintf("too late, it had ended: %v", err == nil)
	case <-time.After(after):
	}
	var hurt int
	var what string
	switch kind {
	case killsEngine:
		hurt = b.kill("pulumi", true)
		what = fmt.Sprintf("%d processes", hurt)
	case killsProvider:
		hurt = b.kill("pulumi-resource-aws", false)
		what = fmt.Sprintf("%d processes", hurt)
	default:
		before, began := b.proxy.Hurt(), time.Now()
		b.proxy.Set(awsfaults.Kind(kind))
		time.Sleep(2*time.Second + time.Duration(b.chance.Int64N(int64(4*time.Second))))
		for len(ended) == 0 && b.proxy.Hurt() < before+3 && time.Since(began) < 30*time.Second {
			time.Sleep(100 * time.Millisecond) // nothing is asked just now
		}
		b.proxy.Set(awsfaults.None)
		hurt = b.proxy.Hurt() - before
		what = fmt.Sprintf("for %s, %d requests", time.Since(began).Round(100*time.Millisecond), hurt)
	}
	if err := <-ended; err != nil {
		return hurt > 0, what + ", it failed"
	}
	return hurt > 0, what + ", it went through"
}
