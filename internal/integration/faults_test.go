//go:build integration

package integration

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
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

// TestUpdatesThatAreCutOff disturbs deployments at moments of chance, TORII_FAULT_ROUNDS times (20; `make exhaustive`)
// from TORII_FAULT_SEED on. After each the next deployment goes through, the one after that changes nothing, AWS has as
// much of everything as where nothing happened, and data stands where it stood.
func TestUpdatesThatAreCutOff(t *testing.T) {
	if !exhaustive && os.Getenv("TORII_FAULT_ROUNDS") == "" {
		t.Skip("make exhaustive: a round takes a minute or two")
	}
	rounds := int(fromEnvironment(t, "TORII_FAULT_ROUNDS", 20))
	seed := fromEnvironment(t, "TORII_FAULT_SEED", uint64(time.Now().UnixNano()))
	t.Logf("TORII_FAULT_SEED=%d TORII_FAULT_ROUNDS=%d", seed, rounds)
	b := newBattered(t, seed)
	b.reference()
	kinds := []string{
		killsEngine, killsProvider, string(awsfaults.Dropped), killsEngine, string(awsfaults.Throttled), killsProvider,
		string(awsfaults.Dropped), killsEngine, string(awsfaults.Unavailable), killsEngine,
	}
	for round := range rounds {
		b.round(round, kinds[(round+int(seed%uint64(len(kinds))))%len(kinds)])
	}
	b.destroyed(b.wanted(0))
	for _, line := range b.figures {
		t.Log(line)
	}
	t.Logf("TOTAL %d rounds: %v; found made %d, not made %d, twice %d, repeats %d, to look at %d, strangers %d",
		rounds, b.byKind, b.verdicts[recovery.Made], b.verdicts[recovery.NotMade], b.verdicts[recovery.Twice],
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
	proxy    *awsfaults.Proxy
	chance   *rand.Rand
	counts   []map[string]int // of what AWS has in each form of the stack
	long     []time.Duration  // that a deployment takes into each form
	figures  []string
	byKind   map[string]int
	verdicts map[recovery.Verdict]int
}

func newBattered(t *testing.T, seed uint64) *battered {
	t.Helper()
	s := newSite(t, "battered", "", "aiko")
	proxy, err := awsfaults.Start(s.server.URL, seed)
	require.NoError(t, err)
	t.Cleanup(proxy.Close)
	through := *s.server
	through.URL = proxy.URL
	s.through = &through
	return &battered{site: s, proxy: proxy, chance: rand.New(rand.NewPCG(seed, 1)),
		byKind: map[string]int{}, verdicts: map[recovery.Verdict]int{}}
}

// forms is how many forms the stack goes through: made, more of it, another again.
const forms = 3

// wanted is the settings of a form of the stack: notebooks, their homes and the record of their sessions, as all of that
// is quickly made.
func (b *battered) wanted(form int) settings {
	chosen := stackFile(b.t, "examples/Pulumi.notebooks.yaml")
	lab := chosen["torii:workloads"].(settings)["lab"].(settings)
	lab["people"] = settings{"aiko": 1}
	if form == 1 { // another home and machine, and a bastion
		lab["people"] = settings{"aiko": 2}
		chosen.set("torii:bastion/enabled", true)
	}
	if form == 2 { // the same machine anew
		lab["people"] = settings{"aiko": 2}
		lab["idleMinutes"] = 30
	}
	return chosen
}

// reference deploys each form undisturbed.
func (b *battered) reference() {
	for form := range forms {
		result := b.up(fmt.Sprintf("form %d, undisturbed", form), b.wanted(form))
		b.long = append(b.long, result.Duration)
		b.counts = append(b.counts, b.count())
		b.complete()
	}
	b.destroyed(b.wanted(0))
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
		{"ec2", "Volume"}, {"secretsmanager", "FakeSecret"}, {"kms", "Key"}, {"s3", "FakeBucket"},
	} {
		all = append(all, now[kind.service][kind.name]...)
	}
	return all
}

// round disturbs one deployment, and sees it mended.
func (b *battered) round(round int, kind string) {
	b.t.Helper()
	form := round % forms
	if form == 0 && round > 0 {
		b.destroyed(b.wanted(forms - 1))
	}
	chosen := b.wanted(form)
	held := b.data()
	after := time.Duration(float64(b.long[form]) * (0.1 + 0.8*b.chance.Float64()))
	hurt := b.disturbed(chosen, kind, after)

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
	b.byKind[kind]++
	verdicts := map[recovery.Verdict]int{}
	for _, each := range findings {
		verdicts[each.Verdict]++
		b.verdicts[each.Verdict]++
	}
	line := fmt.Sprintf("ROUND %d form %d: %s after %s (%s); %v; converged in %s",
		round, form, kind, after.Round(100*time.Millisecond), hurt, sortedVerdicts(verdicts), took.Round(time.Second))
	b.figures = append(b.figures, line)
	b.t.Log(line)
}

func sortedVerdicts(all map[recovery.Verdict]int) []string {
	var found []string
	for _, verdict := range slices.Sorted(maps.Keys(all)) {
		found = append(found, fmt.Sprintf("%s %d", verdict, all[verdict]))
	}
	return found
}

// disturbed deploys and lets something happen on the way. It returns what came of it.
func (b *battered) disturbed(chosen settings, kind string, after time.Duration) string {
	b.t.Helper()
	ended := make(chan error, 1)
	go func() {
		_, err := localdeploy.Up(b.t.Context(), b.spec(chosen))
		ended <- err
	}()
	select {
	case err := <-ended:
		return fmt.Sprintf("too late, it had ended: %v", err == nil)
	case <-time.After(after):
	}
	var what string
	switch kind {
	case killsEngine:
		what = fmt.Sprintf("%d processes", b.kill("pulumi", true))
	case killsProvider:
		what = fmt.Sprintf("%d processes", b.kill("pulumi-resource-aws", false))
	default:
		before, began := b.proxy.Hurt(), time.Now()
		b.proxy.Set(awsfaults.Kind(kind))
		lasts := 2*time.Second + time.Duration(b.chance.Int64N(int64(4*time.Second)))
		time.Sleep(lasts)
		for len(ended) == 0 && b.proxy.Hurt() < before+3 && time.Since(began) < 30*time.Second {
			time.Sleep(100 * time.Millisecond) // nothing is asked just now
		}
		b.proxy.Set(awsfaults.None)
		what = fmt.Sprintf("for %s, %d requests", time.Since(began).Round(100*time.Millisecond), b.proxy.Hurt()-before)
	}
	if err := <-ended; err != nil {
		return what + ", it failed"
	}
	return what + ", it went through"
}
