//go:build integration

package integration

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
)

// What AWS must say of system E: what its servers fetch, and who is refused.

const identityPath = "/torii/client-cert/legacy/"

var identityKinds = map[string]ssmtypes.ParameterType{
	"server-key": ssmtypes.ParameterTypeSecureString, "server-certificate": ssmtypes.ParameterTypeString,
	"client-authorities": ssmtypes.ParameterTypeString, "revocation-lists": ssmtypes.ParameterTypeString,
}

// identity is what the example's servers fetch, by the last part of its name.
func (c clients) identity() map[string]string {
	c.t.Helper()
	return c.identityOf("client-cert")
}

func (c clients) identityOf(stack string) map[string]string {
	c.t.Helper()
	path := "/torii/" + stack + "/legacy/"
	names := make([]string, 0, len(identityKinds))
	for name := range identityKinds {
		names = append(names, path+name)
	}
	found, err := c.ssm.GetParameters(c.t.Context(), &ssm.GetParametersInput{Names: names, WithDecryption: aws.Bool(true)})
	require.NoError(c.t, err)
	require.Empty(c.t, found.InvalidParameters)
	values := map[string]string{}
	for _, parameter := range found.Parameters {
		name := strings.TrimPrefix(aws.ToString(parameter.Name), path)
		assert.Equal(c.t, identityKinds[name], parameter.Type, name)
		values[name] = aws.ToString(parameter.Value)
	}
	return values
}

// machineIDs are the servers that run.
func (c clients) machineIDs() []string {
	c.t.Helper()
	var all []string
	for _, machine := range c.membersOf(c.groupNamed("torii-client-cert-legacy")) {
		all = append(all, aws.ToString(machine.InstanceId))
	}
	slices.Sort(all)
	require.NotEmpty(c.t, all)
	return all
}

// checkIdentity wants the servers to find a certificate for all their names that clients trust, its key, whom to admit,
// and a list by the same authority.
func checkIdentity(t *testing.T, c clients, up localdeploy.Result) {
	t.Helper()
	identity := c.identity()
	require.ElementsMatch(t, keys(identityKinds), keys(identity))
	assert.ElementsMatch(t, []string{
		identityPath + "server-key", identityPath + "server-certificate", identityPath + "client-authorities", identityPath + "revocation-lists",
	}, c.parametersBelow("/torii/client-cert/"))
	_, err := tls.X509KeyPair([]byte(identity["server-certificate"]), []byte(identity["server-key"]))
	require.NoError(t, err)

	certificate, _ := up.Outputs["authorityCertificate"].Value.(string)
	leaf := leafOf(t, identity["server-certificate"])
	network, _ := c.balancer(elbtypes.LoadBalancerTypeEnumNetwork)
	old := c.classicBalancer().LoadBalancerDescriptions[0]
	for _, host := range []string{"legacy.example.jp", aws.ToString(network.DNSName), aws.ToString(old.DNSName)} {
		_, err := leaf.Verify(x509.VerifyOptions{DNSName: strings.ToLower(host), Roots: poolOf(t, certificate)})
		assert.NoError(t, err, host)
	}
	assert.Len(t, leaf.DNSNames, 3)
	assert.Equal(t, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, leaf.ExtKeyUsage)
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots: poolOf(t, certificate), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	assert.Error(t, err, "no server passes for a client")
	for name, each := range bundlesOf(t, up) {
		assert.Equal(t, certificates(t, certificate), certificates(t, each.Authority), name)
	}
	authority := leafOf(t, identity["client-authorities"])
	assert.True(t, authority.IsCA)
	list := c.revocationList()
	assert.NoError(t, list.CheckSignatureFrom(authority))
	assert.False(t, list.NextUpdate.Before(authority.NotAfter.Add(-time.Minute)), "nginx turns everybody away with a list that has ended")
}

// revocationList is what the servers have.
func (c clients) revocationList() *x509.RevocationList {
	c.t.Helper()
	return parsedList(c.t, c.identity()["revocation-lists"])
}

func parsedList(t *testing.T, text string) *x509.RevocationList {
	t.Helper()
	block, rest := pem.Decode([]byte(text))
	require.NotNil(t, block, text)
	require.Empty(t, strings.TrimSpace(string(rest)))
	list, err := x509.ParseRevocationList(block.Bytes)
	require.NoError(t, err)
	return list
}

func (c clients) revokedSerials() []string { return listed(c.revocationList()) }

func listed(list *x509.RevocationList) []string {
	found := []string{}
	for _, entry := range list.RevokedCertificateEntries {
		found = append(found, entry.SerialNumber.Text(16))
	}
	slices.Sort(found)
	return found
}

// requireRevoked wants these certificates, and no other, to be refused by servers and gate, and the record to say so.
func requireRevoked(t *testing.T, c clients, up localdeploy.Result, revoked ...string) {
	t.Helper()
	want := append([]string{}, revoked...)
	slices.Sort(want)
	require.Equal(t, want, c.revokedSerials())
	assert.NoError(t, c.revocationList().CheckSignatureFrom(leafOf(t, c.identity()["client-authorities"])))
	assert.ElementsMatch(t, want, takenBack(ledgerOf(t, up)))

	found, err := c.elb.DescribeTrustStoreRevocations(t.Context(), &elb.DescribeTrustStoreRevocationsInput{TrustStoreArn: aws.String(c.trustStore())})
	require.NoError(t, err)
	if len(want) == 0 {
		assert.Empty(t, found.TrustStoreRevocations)
		return
	}
	require.Len(t, found.TrustStoreRevocations, 1)
	attached := found.TrustStoreRevocations[0]
	assert.Equal(t, int64(len(want)), aws.ToInt64(attached.NumberOfRevokedEntries))
	content, err := c.elb.GetTrustStoreRevocationContent(t.Context(), &elb.GetTrustStoreRevocationContentInput{
		TrustStoreArn: attached.TrustStoreArn, RevocationId: attached.RevocationId,
	})
	require.NoError(t, err)
	assert.Equal(t, want, listed(parsedList(t, fetched(t, content.Location))))
}

// fetched is what AWS shows at an address of its own.
func fetched(t *testing.T, location *string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, aws.ToString(location), nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode, string(text))
	return string(text)
}

// checkIdentityRole wants the servers' role to read the four parameters and no other.
func checkIdentityRole(t *testing.T, c clients) {
	machine := c.membersOf(c.groupNamed("torii-client-cert-legacy"))[0]
	require.NotNil(t, machine.IamInstanceProfile)
	profiles, err := c.iam.ListInstanceProfiles(t.Context(), &iam.ListInstanceProfilesInput{})
	require.NoError(t, err)
	var role *string
	for _, profile := range profiles.InstanceProfiles {
		if aws.ToString(profile.Arn) == aws.ToString(machine.IamInstanceProfile.Arn) {
			role = profile.Roles[0].RoleName
		}
	}
	require.NotNil(t, role)
	managed, err := c.iam.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: role})
	require.NoError(t, err)
	assert.Empty(t, managed.AttachedPolicies)
	names, err := c.iam.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: role})
	require.NoError(t, err)
	var readable []string
	for _, name := range names.PolicyNames {
		policy, err := c.iam.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: role, PolicyName: aws.String(name)})
		require.NoError(t, err)
		for _, statement := range parsePolicy(t, aws.String(decoded(t, policy.PolicyDocument))).Statement {
			for _, action := range statement.Action {
				if strings.HasPrefix(action, "ssm:") && action != "ssm:UpdateInstanceInformation" || strings.Contains(action, "kms:") {
					assert.Equal(t, "ssm:GetParameters", action)
					readable = append(readable, statement.Resource...)
				}
			}
		}
	}
	const parameters = "arn:aws:ssm:ap-northeast-1:123456789012:parameter" + identityPath
	assert.ElementsMatch(t, []string{
		parameters + "server-key", parameters + "server-certificate", parameters + "client-authorities", parameters + "revocation-lists",
	}, readable)
}

// checkAskingServers wants servers that are told where their secrets are, and none of them.
func checkAskingServers(t *testing.T, c clients) {
	machines := c.membersOf(c.groupNamed("torii-client-cert-legacy"))
	require.Len(t, machines, 1)
	text := c.userData(machines[0])
	says := func(part string) bool { return strings.Contains(text, part) } // the text is too long to be shown
	for _, want := range []string{strings.TrimSuffix(identityPath, "/"), "ssl_verify_client on", "CN=partner-a,O=torii-client-cert"} {
		assert.True(t, says(want), want)
	}
	for part, value := range c.identity() {
		assert.False(t, says(strings.TrimSpace(value)), part)
	}
	assert.False(t, says("PRIVATE KEY"))
	assert.False(t, says("partner-b"), "only who is let in here")
}
