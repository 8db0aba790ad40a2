//go:build integration && linux

package guest_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"torii/internal/guest"
)

// echo tells each caller the address that it has come from, and then what it says.
func echo(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			host, _, _ := net.SplitHostPort(conn.RemoteAddr().String())
			fmt.Fprintln(conn, host)
			io.Copy(conn, conn) //nolint:errcheck // the caller has gone
		}()
	}
}

// line reads a line from a connection.
func line(t *testing.T, conn net.Conn) string {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(5*time.Second)))
	var text strings.Builder
	for letter := make([]byte, 1); ; {
		_, err := conn.Read(letter)
		require.NoError(t, err)
		if letter[0] == '\n' {
			return text.String()
		}
		text.Write(letter)
	}
}

// seenAs calls an address, and returns the address that the caller is seen under.
func seenAs(t *testing.T, from *guest.Neighbour, to string) string {
	t.Helper()
	conn, err := from.Dial(to)
	require.NoError(t, err)
	defer conn.Close()
	return line(t, conn)
}

// call is somebody who calls an address.
type call struct {
	from *guest.Neighbour
	to   string
}

// unanswered checks that nobody answers calls, which go out at once, since each takes as
// long as patience lasts.
func unanswered(t *testing.T, calls ...call) {
	t.Helper()
	var all sync.WaitGroup
	errs := make([]error, len(calls))
	for i, c := range calls {
		all.Go(func() {
			var conn net.Conn
			if conn, errs[i] = c.from.Dial(c.to); errs[i] == nil {
				conn.Close()
			}
		})
	}
	all.Wait()
	for i, err := range errs {
		var timeout net.Error
		require.ErrorAs(t, err, &timeout, calls[i].to)
		require.True(t, timeout.Timeout(), "%s: %v", calls[i].to, err)
	}
}
