package stack_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/compute/fleet/guest"
	"torii/edge/authority"
	"torii/internal/certtest"
	"torii/internal/recorder"
	"torii/stack"
)

const (
	signedToken     = "tls:index/locallySignedCert:LocallySignedCert"
	requestToken    = "tls:index/certRequest:CertRequest"
	trustStoreToken = "aws:lb/trustStore:TrustStore"
)

// deployClientCert runs the program with the example's settings, and others in some sections.
func deployClientCert(t *testing.T, sections map[string]string) *recorder.Recording {
	t.Helper()
	files, err := recorder.StackFiles()
	require.NoError(t, err)
	config, err := recorder.Config(files["client-cert"])
	require.NoError(t, err)
	for section, settings := range sections {
		config[section] = settings
	}
	return recorder.MustRun(t, "test", config, stack.Deploy)
}

// TestWhoAsksForCertificates: the gate by a trust store, and the machines by what Parameter Store has for them.
func TestWhoAsksForCertificates(t *testing.T) {
	recording := deployClientCert(t, nil)
	listener := recording.One(t, "aws:lb/listener:Listener", "gate-https")
	assert.Equal(t, "verify", listener.Input("mutualAuthentication.mode"))
	assert.True(t, listener.After(trustStoreToken, "clients"))
	assert.Empty(t, recording.Of("aws:lb/trustStoreRevocation:TrustStoreRevocation"), "nobody was taken out")

	names := map[string]any{}
	var handed []string // logical names
	for _, parameter := range recording.Of(parameterToken) {
		if name, own := parameter.Input("name").(string); own {
			names[name] = parameter.Input("type")
			handed = append(handed, parameter.Name)
		}
	}
	assert.Equal(t, map[string]any{
		"/torii/test/legacy/server-key": "SecureString", "/torii/test/legacy/server-certificate": "String",
		"/torii/test/legacy/client-authorities": "String", "/torii/test/legacy/revocation-lists": "String",
	}, names)
	group := recording.One(t, groupToken, "legacy")
	for _, name := range handed {
		assert.True(t, group.After(parameterToken, name), "a machine that starts finds %s", name)
	}
}

// TestServersCertificateIsForEveryNameOfTheirs: clients come by the host, and by the name of either load balancer.
func TestServersCertificateIsForEveryNameOfTheirs(t *testing.T) {
	recording := deployClientCert(t, nil)
	request := recording.One(t, requestToken, "legacy.server")
	assert.Equal(t, []any{
		"legacy.example.jp", "legacy-nlb-1.ap-northeast-1.elb.amazonaws.com", "legacy-clb-1.ap-northeast-1.elb.amazonaws.com",
	}, request.Input("dnsNames"))
	assert.Len(t, recording.Of(signedToken), 3, "two clients' and the servers'")

	recording = deployClientCert(t, map[string]string{
		"torii:edge":      `{}`,
		"torii:workloads": `{"legacy":{"kind":"fleet","expose":["nlb"],"tls":"instance"}}`,
	})
	assert.Equal(t, []any{"legacy-nlb-1.ap-northeast-1.elb.amazonaws.com"}, recording.One(t, requestToken, "legacy.server").Input("dnsNames"))
	assert.Empty(t, recording.Of(trustStoreToken), "nobody is behind a gate")
}

// TestMachinesAreToldWhomToAdmit in the user data that EC2 gets.
func TestMachinesAreToldWhomToAdmit(t *testing.T) {
	recording := deployClientCert(t, nil)
	encoded, _ := recording.One(t, launchTemplateToken, "legacy").Input("userData").(string)
	given, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	wanted, err := guest.UserData(guest.Server{Port: 443, HealthPath: "/", ClientAuth: &guest.ClientAuth{
		Parameters: "/torii/test/legacy", Region: recorder.Region, Network: "10.0.0.0/16",
		Organization: "torii-test", Clients: []string{"partner-a"}, Revocation: true,
	}})
	require.NoError(t, err)
	assert.Equal(t, unpack(t, wanted), unpack(t, given))
	assert.NotContains(t, unpack(t, given), "PRIVATE KEY")
}

func unpack(t *testing.T, userData []byte) string {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader(userData))
	require.NoError(t, err)
	text, err := io.ReadAll(reader)
	require.NoError(t, err)
	return string(text)
}

// TestLoadBalancersPassTLSThrough, and ask after health where no certificate is needed.
func TestLoadBalancersPassTLSThrough(t *testing.T) {
	recording := deployClientCert(t, nil)
	targets := recording.One(t, "aws:lb/targetGroup:TargetGroup", "legacy-nlb")
	assert.Equal(t, []any{443.0, "TCP", true, "7081"},
		[]any{targets.Input("port"), targets.Input("protocol"), targets.Input("proxyProtocolV2"), targets.Input("healthCheck.port")})
	classic := recording.One(t, "aws:elb/loadBalancer:LoadBalancer", "legacy-clb")
	assert.Equal(t, []any{"HTTP:7080/"}, []any{classic.Input("healthCheck.target")})
	assert.Equal(t, []any{map[string]any{
		"instancePort": 443.0, "instanceProtocol": "tcp", "lbPort": 443.0, "lbProtocol": "tcp",
	}}, classic.Input("listeners"))
}

// TestOwnScriptRunsBesideNginx: with TLS on the instance it is no user data of its own.
func TestOwnScriptRunsBesideNginx(t *testing.T) {
	recording := deployClientCert(t, map[string]string{"torii:workloads": `{"legacy":{"kind":"fleet","expose":["nlb"],` +
		`"tls":"instance","application":8080,"userData":"testdata/user-data.sh"},"site":{"kind":"fargate","host":"www.example.jp"}}`})
	encoded, _ := recording.One(t, launchTemplateToken, "legacy").Input("userData").(string)
	given, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	assert.Contains(t, unpack(t, given), "proxy_pass http://127.0.0.1:8080")
	assert.Contains(t, unpack(t, given), "ssl_verify_client on")
}

// TestWhoIsTakenOutIsRefusedEverywhere: the ledger of earlier deployments says which certificates the name had.
func TestWhoIsTakenOutIsRefusedEverywhere(t *testing.T) {
	files, err := recorder.StackFiles()
	require.NoError(t, err)
	config, err := recorder.Config(files["client-cert"])
	require.NoError(t, err)
	issued := []any{map[string]any{
		"client": "partner-c", "serial": "0abc", "authority": "ff", "notAfter": "2099-01-01T00:00:00Z",
		"revoked": false, "revokedAt": "", "round": 0.0,
	}}
	recording, err := recorder.RunWith("test", config, stack.Deploy, recorder.Answers{
		"pulumi:pulumi:readStackResourceOutputs": {"outputs": map[string]any{"urn": map[string]any{
			"type": authority.Type, "outputs": map[string]any{authority.IssuedOutput: issued},
		}}},
	})
	require.NoError(t, err)
	list := recording.One(t, "aws:s3/bucketObjectv2:BucketObjectv2", "clients-revocations-1").Input("content")
	attached := recording.One(t, "aws:lb/trustStoreRevocation:TrustStoreRevocation", "clients-revocations-1")
	assert.Equal(t, "version-of-clients-revocations-1", attached.Input("revocationsS3ObjectVersion"))
	assert.Equal(t, list, recording.One(t, parameterToken, "legacy-identity-revocation-lists").Input("insecureValue"), "nginx has the same")
}

// TestAuthoritysKeyIsNeverInPlainText in the stack file, which lies in a repository.
func TestAuthoritysKeyIsNeverInPlainText(t *testing.T) {
	ours := certtest.Authority(t, "ours")
	section, err := json.Marshal(map[string]any{"clients": []string{"partner-a"}, "certificate": ours.Certificate, "key": ours.Key})
	require.NoError(t, err)
	config := map[string]string{
		"aws:region": recorder.Region, "torii:authority": string(section),
		"torii:network":   `{"zones":["ap-northeast-1a","ap-northeast-1c"]}`,
		"torii:workloads": `{"legacy":{"kind":"fleet","expose":["nlb"],"tls":"instance"}}`,
	}
	recording, err := recorder.Run("test", config, stack.Deploy)
	require.EqualError(t, errors.Unwrap(err), "1 problem in the settings:\n  torii:authority.key: stands in the stack file for everybody to read; give it by "+
		"`pulumi config set --secret --path torii:authority.key`, and make a new one if others have seen it")
	assert.Empty(t, recording.All())

	recording, err = recorder.RunGiven("test", config, stack.Deploy, recorder.Given{Secrets: []string{"torii:authority"}})
	require.NoError(t, err)
	assert.Equal(t, ours.Certificate, recording.One(t, signedToken, "authority-partner-a").Input("caCertPem"))
}
