package recorder

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSecretsOfAStackFileStayClosed: nobody has the key here, and nothing that is recorded needs them.
func TestSecretsOfAStackFileStayClosed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Pulumi.ours.yaml")
	text := "encryptionsalt: v1:abc\nconfig:\n  aws:region: us-east-1\n  aws:secretKey:\n    secure: v1:deadbeef\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	config, err := Config(file)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"aws:region": "us-east-1", "aws:secretKey": "[secret]"}, config)
}
