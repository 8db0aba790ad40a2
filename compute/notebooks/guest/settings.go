package guest

import (
	"encoding/json"
	"fmt"
)

// Settings is what may change without a new machine: the JSON of the SSM parameter, one for
// all notebooks of a workload. They take changes over within a minute or two.
type Settings struct {
	IdleMinutes int `json:"idleMinutes"` // after which an idle machine powers itself off; 0 is never
}

// JSON writes the settings as the value of the parameter. It fails when IdleMinutes is
// negative.
func (s Settings) JSON() (string, error) {
	if s.IdleMinutes < 0 {
		return "", fmt.Errorf("writing the notebooks' settings: %d idle minutes are less than none", s.IdleMinutes)
	}
	text, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("writing the notebooks' settings: %w", err)
	}
	return string(text), nil
}
