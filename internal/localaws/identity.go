package localaws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	recordName = "server.json"
	serverName = "torii-local-aws"
)

// identity is what a server says about itself; its record file holds the same.
type identity struct {
	Server   string `json:"server"`   // serverName, which no other program answers
	ID       string `json:"id"`       // of its memory
	PID      int    `json:"pid"`      // process
	Port     int    `json:"port"`     // on 127.0.0.1
	Record   string `json:"record"`   // path of its record file
	Launcher string `json:"launcher"` // version of its folder; see launcherVersion
}

func address(port int) string { return fmt.Sprintf("http://127.0.0.1:%d", port) }

func newServer(url string, answer identity) *Server {
	return &Server{URL: url, ID: answer.ID, pid: answer.PID, record: answer.Record}
}

// recordPath returns the record file's path as a server that runs there gives it.
func recordPath(dir string) (string, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("looking for the local AWS: %w", err)
	}
	if resolved, err := filepath.EvalSymlinks(absolute); err == nil {
		absolute = resolved
	}
	return filepath.Join(absolute, recordName), nil
}

func readRecord(path string) (identity, error) {
	var noted identity
	text, err := os.ReadFile(path)
	if err != nil {
		return noted, fmt.Errorf("reading the record of the local AWS: %w", err)
	}
	if err := json.Unmarshal(text, &noted); err != nil {
		return noted, fmt.Errorf("reading the record of the local AWS in %s: %w", path, err)
	}
	return noted, nil
}

// identify asks who answers at the address; it fails when nobody does, or when it is not a local AWS.
func identify(ctx context.Context, url string) (identity, error) {
	var answer identity
	if err := call(ctx, http.MethodGet, url+"/moto-api/torii/identity", &answer); err != nil {
		return answer, err
	}
	if answer.Server != serverName {
		return answer, fmt.Errorf("%s is not a local AWS", url)
	}
	return answer, nil
}

// compare notes whether the running server was started by another version of the launcher.
func (s *Server) compare(ctx context.Context, launcher string) error {
	current, err := launcherVersion(launcher)
	if err != nil {
		return fmt.Errorf("starting the local AWS: %w", err)
	}
	answer, err := identify(ctx, s.URL)
	if err != nil {
		return fmt.Errorf("starting the local AWS: %w", err)
	}
	s.Outdated = answer.Launcher != current
	return nil
}

// launcherVersion tells one version of the launcher's folder, and the folders in it, from another, by the rule that the
// launcher itself follows.
func launcherVersion(launcher string) (string, error) {
	folder := os.DirFS(filepath.Dir(launcher))
	var files []string
	err := fs.WalkDir(folder, ".", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".py") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	slices.Sort(files)
	digest := sha256.New()
	for _, file := range files {
		text, err := fs.ReadFile(folder, file)
		if err != nil {
			return "", err
		}
		digest.Write(text)
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

// call sends a request to the server's own pages, which answer at once, and decodes the answer into result unless nil.
func call(ctx context.Context, method, url string, result any) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return err
	}
	// Not http.DefaultClient: a proxy from the environment has no business between two processes of one machine.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := response.Body.Close(); err == nil {
			err = closeErr
		}
	}()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, url, response.Status)
	}
	if result == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(result)
}
