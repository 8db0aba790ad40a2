package awscalls_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/awscalls"
)

// signed is a request as AWS's clients sign them for a service.
func signed(t *testing.T, method, url, service, body string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20261122/ap-northeast-1/"+service+
		"/aws4_request, SignedHeaders=host, Signature=0")
	return request
}

func TestActionsHaveIAMsNames(t *testing.T) {
	t.Parallel()
	const at = "http://127.0.0.1:1"
	for want, request := range map[string]*http.Request{
		"ec2:CreateVpc":                    signed(t, "POST", at, "ec2", "Action=CreateVpc&Version=2016-11-15"),
		"cloudwatch:PutMetricAlarm":        signed(t, "POST", at, "monitoring", "Action=PutMetricAlarm"),
		"route53:ListHostedZones":          signed(t, "GET", at+"/2013-04-01/hostedzone", "route53", ""),
		"route53:GetHostedZone":            signed(t, "GET", at+"/2013-04-01/hostedzone/Z1", "route53", ""),
		"dlm:UpdateLifecyclePolicy":        signed(t, "PATCH", at+"/policies/policy-1", "dlm", ""),
		"s3:CreateBucket":                  signed(t, "PUT", at+"/b", "s3", ""),
		"s3:ListBucket":                    signed(t, "HEAD", at+"/b", "s3", ""),
		"s3:PutBucketPolicy":               signed(t, "PUT", at+"/b?policy", "s3", ""),
		"s3:DeleteBucketPolicy":            signed(t, "DELETE", at+"/b?policy=", "s3", ""),
		"s3:PutLifecycleConfiguration":     signed(t, "DELETE", at+"/b?lifecycle", "s3", ""), // IAM has no word of its own for it
		"s3:GetEncryptionConfiguration":    signed(t, "GET", at+"/b?encryption", "s3", ""),
		"s3:ListBucketVersions":            signed(t, "GET", at+"/b?versions", "s3", ""),
		"s3:DeleteObjectVersion":           signed(t, "DELETE", at+"/b/folder/key?versionId=1", "s3", ""),
		"s3:PutObject":                     signed(t, "PUT", at+"/b/folder/key", "s3", ""),
		"route53:ChangeResourceRecordSets": signed(t, "POST", at+"/2013-04-01/hostedzone/Z1/rrset/", "route53", "<x/>"),
	} {
		body, err := io.ReadAll(request.Body)
		require.NoError(t, err)
		got, err := awscalls.Action(request, string(body))
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	target := signed(t, "POST", at, "ecs", "{}")
	target.Header.Set("X-Amz-Target", "AmazonEC2ContainerServiceV20141113.CreateService")
	got, err := awscalls.Action(target, "{}")
	require.NoError(t, err)
	assert.Equal(t, "ecs:CreateService", got)
}

func TestWhatHasNoNameIsSaid(t *testing.T) {
	t.Parallel()
	unsigned, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:1/x", nil)
	require.NoError(t, err)
	_, err = awscalls.Action(unsigned, "")
	require.EqualError(t, err, "GET /x has no signature")
	_, err = awscalls.Action(signed(t, "PUT", "http://127.0.0.1:1/2015-02-01/file-systems", "elasticfilesystem", ""), "")
	require.EqualError(t, err, "PUT /2015-02-01/file-systems of elasticfilesystem has no name here; add it to the tables of package awscalls")
}

// TestARecorderPassesOn what it notes, unchanged.
func TestARecorderPassesOn(t *testing.T) {
	t.Parallel()
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, r.Host+" "+string(body))
	}))
	defer aws.Close()
	calls, err := awscalls.Record(aws.URL)
	require.NoError(t, err)
	defer calls.Close()
	for _, body := range []string{"Action=DescribeVpcs", "Action=CreateVpc", "Action=CreateVpc"} {
		answer, err := http.DefaultClient.Do(signed(t, "POST", calls.URL, "ec2", body))
		require.NoError(t, err)
		said, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		assert.Equal(t, http.StatusTeapot, answer.StatusCode)
		assert.Equal(t, strings.TrimPrefix(calls.URL, "http://")+" "+body, string(said))
	}
	answer, err := http.Get(calls.URL + "/unsigned")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	seen, lost := calls.Actions()
	assert.Equal(t, []string{"ec2:CreateVpc", "ec2:DescribeVpcs"}, seen)
	require.Len(t, lost, 1)
	assert.EqualError(t, lost[0], "GET /unsigned has no signature")
}
