package certs

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"time"
)

// validity is when a certificate holds, in the provider's terms.
type validity struct {
	start, end time.Time
}

func validFor(hours int, now time.Time) (validity, error) {
	if hours < 0 {
		return validity{}, fmt.Errorf("validityPeriodHours is %d, it must not be negative", hours)
	}
	return validity{start: now, end: now.Add(time.Duration(hours) * time.Hour)}, nil
}

// serialNumber makes a random 128-bit serial number.
func serialNumber() (*big.Int, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, fmt.Errorf("making a serial number: %w", err)
	}
	return n, nil
}
