package guest

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
)

// The second pattern names what the first leaves out, files that begin with an underscore.
//
//go:embed files
//go:embed files/machine/opt/torii/torii_hub/__init__.py
var files embed.FS

// maxUserData is how many bytes of user data EC2 takes.
const maxUserData = 16384

// UserData returns the script compressed by gzip, which cloud-init undoes by itself. The
// same instance always gives the same bytes, so that a deploy does not replace a hub for
// nothing. It fails when they are more than the 16384 that EC2 takes.
func UserData(i Instance) ([]byte, error) {
	script, err := Script(i)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("compressing the hub's user data: %w", err)
	}
	if _, err := w.Write([]byte(script)); err != nil {
		return nil, fmt.Errorf("compressing the hub's user data: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compressing the hub's user data: %w", err)
	}
	if out.Len() > maxUserData {
		return nil, fmt.Errorf("compressing the hub's user data: it takes %d bytes, and EC2 takes %d at most", out.Len(), maxUserData)
	}
	return out.Bytes(), nil
}
