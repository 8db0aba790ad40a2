//go:build integration && linux

package guest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/oauth2-proxy/mockoidc"
	"github.com/stretchr/testify/require"

	hub "torii/compute/jupyterhub/guest"
)

// startProvider starts an OpenID Connect provider that both the browser and the
// guest find at the same address, each in its own network.
func (h *hubTest) startProvider(t *testing.T) *mockoidc.MockOIDC {
	t.Helper()
	provider, err := mockoidc.NewServer(nil)
	require.NoError(t, err)
	near, err := h.browser.Listen("127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, provider.Start(near, nil))
	t.Cleanup(func() { require.NoError(t, provider.Shutdown()) })
	inside, err := h.m.Listen(t.Context(), near.Addr().String())
	require.NoError(t, err)
	server := &http.Server{Handler: provider.Server.Handler, ReadHeaderTimeout: time.Minute}
	go server.Serve(inside) //nolint:errcheck // it ends by being closed
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return provider
}

func (h *hubTest) singleSignOn(t *testing.T) {
	provider := h.startProvider(t)
	secret, err := h.secrets.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
		Name: aws.String("oidc-client"), SecretString: &provider.ClientSecret,
	})
	require.NoError(t, err)
	h.takesOver(t, func(s *hub.Settings) {
		s.Authenticator, s.Users = hub.OIDC, []string{"rei"}
		s.Issuer, s.ClientID, s.ClientSecretARN = provider.Issuer(), provider.ClientID, *secret.ARN
	})

	rei, mallory := newPerson(t, h.browser, hubURL, "rei"), newPerson(t, h.browser, hubURL, "mallory")
	for _, p := range []person{rei, mallory} {
		provider.QueueUser(&mockoidc.MockUser{Subject: p.name + "-1", PreferredUsername: p.name, Email: p.name + "@example.jp"})
		p.opens("/hub/login?next=%2Fhub%2Fhome")
		require.NoError(t, p.Submit("a[href*='/hub/oauth_login']"))
	}
	rei.isIn()
	mallory.sees("403 : Forbidden", 10*time.Second)
	mallory.opens("/hub/home")
	require.NoError(t, mallory.Wait("location.pathname == '/hub/login'", 10*time.Second))
	// Whom the settings no longer list is out, whatever cookie they have.
	h.ken.opens("/hub/home")
	require.NoError(t, h.ken.Wait("location.pathname == '/hub/login'", 10*time.Second))
}
