package awsfaults_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/awsfaults"
)

// bench is a proxy in front of an AWS that counts what it did.
type bench struct {
	t     *testing.T
	proxy *awsfaults.Proxy
	done  atomic.Int64
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "made %d", b.done.Add(1))
	}))
	t.Cleanup(server.Close)
	proxy, err := awsfaults.Start(server.URL, 1)
	require.NoError(t, err)
	t.Cleanup(proxy.Close)
	b.proxy = proxy
	return b
}

// ask sends a request that is signed for a service.
func (b *bench) ask(service, media, body string) (status int, text string, err error) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.proxy.URL, strings.NewReader(body))
	require.NoError(b.t, err)
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20261122/eu-west-1/"+service+"/aws4_request, Signature=0")
	request.Header.Set("Content-Type", media)
	request.Close = true // a broken connection is not to be tried again by the client
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { assert.NoError(b.t, response.Body.Close()) }()
	said, err := io.ReadAll(response.Body)
	return response.StatusCode, string(said), err
}

const form = "application/x-www-form-urlencoded"

func TestRequestsPass(t *testing.T) {
	b := newBench(t)
	status, text, err := b.ask("ec2", form, "Action=CreateVpc")
	require.NoError(t, err)
	assert.Equal(t, []any{200, "made 1", 0}, []any{status, text, b.proxy.Hurt()})
}

func TestEachServiceThrottlesInItsWay(t *testing.T) {
	b := newBench(t)
	b.proxy.Set(awsfaults.Throttled)
	for _, c := range []struct {
		service, media string
		status         int
		want           string
	}{
		{"ec2", form, 503, "<Code>RequestLimitExceeded</Code>"},
		{"s3", "application/xml", 503, "<Code>SlowDown</Code>"},
		{"iam", form, 400, "<Code>Throttling</Code>"},
		{"ssm", "application/x-amz-json-1.1", 400, `"__type":"ThrottlingException"`},
	} {
		status, text, err := b.ask(c.service, c.media, "")
		require.NoError(t, err)
		assert.Equal(t, c.status, status, c.service)
		assert.Contains(t, text, c.want)
	}
	b.proxy.Set(awsfaults.Unavailable)
	status, _, err := b.ask("ec2", form, "")
	require.NoError(t, err)
	assert.Equal(t, []any{503, int64(0), 5}, []any{status, b.done.Load(), b.proxy.Hurt()}, "and nothing was done")
}

func TestDroppedRequestsAreDone(t *testing.T) {
	b := newBench(t)
	b.proxy.Set(awsfaults.Dropped)
	lost := 0
	for range 40 {
		if _, _, err := b.ask("ec2", form, "Action=CreateVpc"); err != nil {
			lost++
		}
	}
	assert.Equal(t, []any{int64(40), lost}, []any{b.done.Load(), b.proxy.Hurt()})
	assert.Greater(t, lost, 5)
	assert.Less(t, lost, 35)
}

func TestATokenIsServedOnce(t *testing.T) {
	b := newBench(t)
	for range 2 {
		_, text, err := b.ask("ec2", form, "Action=CreateVolume&ClientToken=abc&Size=1")
		require.NoError(t, err)
		assert.Equal(t, "made 1", text)
	}
	_, text, err := b.ask("ec2", form, "Action=CreateVolume&ClientToken=abd&Size=1")
	require.NoError(t, err)
	assert.Equal(t, "made 2", text)
}
