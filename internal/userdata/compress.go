package userdata

import (
	"bytes"
	"compress/gzip"
	"fmt"
)

// Limit is how many bytes of user data EC2 takes, before base64.
const Limit = 16384

// UserData returns the script compressed by gzip, which cloud-init undoes by itself. The
// same machine always gives the same bytes, so that a deploy does not replace an instance
// for nothing. It fails when they are more than the 16384 that EC2 takes.
func (m Machine) UserData() ([]byte, error) {
	script, err := m.Script()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("compressing the %s's user data: %w", m.Kind, err)
	}
	if _, err := w.Write([]byte(script)); err != nil {
		return nil, fmt.Errorf("compressing the %s's user data: %w", m.Kind, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compressing the %s's user data: %w", m.Kind, err)
	}
	if out.Len() > Limit {
		return nil, fmt.Errorf("compressing the %s's user data: it takes %d bytes, and EC2 takes %d at most", m.Kind, out.Len(), Limit)
	}
	return out.Bytes(), nil
}
