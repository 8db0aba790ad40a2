package authority

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"
)

func TestP12(t *testing.T) {
	own := elliptical(t)
	certificate, key, _ := made(t, own, nil)
	root, _, _ := made(t, elliptical(t), nil)
	packed, err := p12(key, certificate, root)
	require.NoError(t, err)
	opener, err := password(key)
	require.NoError(t, err)
	assert.Regexp(t, regexp.MustCompile(`^[a-z2-7]{4}(-[a-z2-7]{4}){5}$`), opener)

	der, err := base64.StdEncoding.DecodeString(packed)
	require.NoError(t, err)
	signer, leaf, above, err := pkcs12.DecodeChain(der, opener)
	require.NoError(t, err)
	assert.Equal(t, own, signer)
	assert.Equal(t, certificate, encode(leaf))
	require.Len(t, above, 1)
	assert.Equal(t, root, encode(above[0]))
	_, _, _, err = pkcs12.DecodeChain(der, "changeit")
	assert.ErrorIs(t, err, pkcs12.ErrIncorrectPassword)
}

// TestP12Stays: Pulumi would see another secret in each deployment, and people another file.
func TestP12Stays(t *testing.T) {
	signer, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	certificate, key, _ := made(t, signer, nil)
	renewed, _, _ := made(t, signer, nil)
	if renewed == certificate { // RSA signs the same twice
		renewed, _, _ = made(t, elliptical(t), nil)
	}
	root, other, _ := made(t, elliptical(t), nil)
	pack := func(certificate string) string {
		packed, err := p12(key, certificate, root)
		require.NoError(t, err)
		return packed
	}
	assert.Equal(t, pack(certificate), pack(certificate))
	assert.NotEqual(t, pack(certificate)[:200], pack(renewed)[:200], "the salts are those of another certificate")

	first, err := password(key)
	require.NoError(t, err)
	again, err := password(key)
	require.NoError(t, err)
	assert.Equal(t, first, again)
	another, err := password(other)
	require.NoError(t, err)
	assert.NotEqual(t, first, another)
}

func TestP12TellsWhatItCannotRead(t *testing.T) {
	certificate, key, _ := made(t, elliptical(t), nil)
	_, err := p12("none", certificate, certificate)
	assert.EqualError(t, err, "reading a client's key: there is no private key in PEM")
	_, err = p12(key, "none", certificate)
	assert.EqualError(t, err, "reading a client's certificate: there is no certificate in PEM")
	_, err = p12(key, certificate, "none")
	assert.EqualError(t, err, "reading the authority: there is no certificate in PEM")
	_, err = password("none")
	assert.EqualError(t, err, "reading a client's key: there is no private key in PEM")
}
