package guest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/userdata"
	"torii/internal/userdata/userdatatest"
)

var behindClassic = Server{Port: 80, HealthPath: "/", RedirectHTTP: true}

// machineOf is what an instance is to become.
func machineOf(t *testing.T, s Server) userdata.Machine {
	t.Helper()
	m, err := s.machine()
	require.NoError(t, err)
	return m
}

// configurationOf is what nginx reads.
func configurationOf(t *testing.T, s Server) string {
	t.Helper()
	files, err := machineOf(t, s).Files()
	require.NoError(t, err)
	for _, f := range files {
		if f.Path == "/etc/torii/nginx.conf" {
			return f.Text
		}
	}
	t.Fatal("there is no configuration of nginx")
	return ""
}

func TestScriptWritesFilesAndNothingElseComesOfThem(t *testing.T) {
	userdatatest.Check(t, machineOf(t, behindClassic))
	userdatatest.Check(t, machineOf(t, Server{Port: 8080, HealthPath: "/a.b_c~d/e-f"}))
}

func TestScriptNamesItsStepsInOrder(t *testing.T) {
	assert.Equal(t, []string{
		"write_files", "install_server", "write_page", "start_services", "wait_until_well", "up",
	}, userdatatest.Steps(t, machineOf(t, behindClassic)))
}

func TestMachineHasNoMoreThanAWebServerNeeds(t *testing.T) {
	files, err := machineOf(t, behindClassic).Files()
	require.NoError(t, err)
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	assert.Equal(t, []string{
		"/etc/torii/instance.json", "/etc/torii/nginx.conf",
		"/etc/systemd/system/torii-imds.service", "/opt/torii/imds.nft",
		"/opt/torii/torii_ec2/__init__.py", "/opt/torii/torii_ec2/machine.py",
		"/etc/systemd/system/torii-fleet.service",
	}, paths)
	var told map[string]any
	require.NoError(t, json.Unmarshal([]byte(files[0].Text), &told))
	assert.Equal(t, map[string]any{"Port": 80.0, "HealthPath": "/", "RedirectHTTP": true}, told)
}

// TestThePackagesOwnServiceNeverStarts has programs that say what they are asked.
func TestThePackagesOwnServiceNeverStarts(t *testing.T) {
	const programs = `systemctl() { echo "systemctl $*"; }; command() { [[ $2 == dnf ]]; }; rpm() { false; }; dnf() { echo "dnf $*"; }; `
	lines, status := userdatatest.Run(t, machineOf(t, behindClassic), programs+"install_server")
	assert.Equal(t, 0, status)
	assert.Equal(t, []string{"systemctl --quiet mask nginx", "dnf install -y -q nginx nftables"}, lines)
}

func TestThePageSaysWhichMachineAnswers(t *testing.T) {
	const write = `root="$opt"; ask_id() { n=$((n + 1)); id=i-0123456789abcdef0; ((n > 1)); }; n=0; ` +
		`write_page >/dev/null; cat "$root/opt/torii/www/index.html"; echo "${changed[@]}"; write_page; echo "${changed[@]}"`
	lines, status := userdatatest.Run(t, machineOf(t, behindClassic), write)
	assert.Equal(t, 0, status)
	assert.Equal(t, []string{
		"<!doctype html>", `<html lang="en">`, `<head><meta charset="utf-8"><title>It works</title></head>`,
		"<body><p>i-0123456789abcdef0 answers.</p></body>", "</html>",
		"/opt/torii/www/index.html", "/opt/torii/www/index.html",
	}, lines)

	lines, status = userdatatest.Run(t, machineOf(t, behindClassic), `ask_id() { false; }; step "writing the page" write_page`)
	assert.Equal(t, 1, status)
	assert.Equal(t, "torii-fleet: NOT UP: writing the page: ask_id", lines[len(lines)-1])
}

func TestConfigurationIsWhatTheSettingsSay(t *testing.T) {
	const (
		redirect = "if ($http_x_forwarded_proto = http) {\n\t\t\treturn 301 https://$host$request_uri;\n\t\t}\n"
		health   = "location = /health {\n\t\t\tdefault_type text/plain;\n\t\t\treturn 200 \"well\\n\";\n\t\t}\n"
	)
	both := configurationOf(t, Server{Port: 8080, HealthPath: "/health", RedirectHTTP: true})
	assert.Contains(t, both, "\t\tlisten 8080 default_server;\n")
	assert.Contains(t, both, redirect)
	assert.Contains(t, both, health)
	assert.Less(t, strings.Index(both, redirect), strings.Index(both, health))
	assert.Contains(t, both, "\tserver_tokens off;\n")
	assert.Equal(t, strings.Count(both, "{"), strings.Count(both, "}"))

	neither := configurationOf(t, Server{Port: 80, HealthPath: "/"})
	assert.Contains(t, neither, "\t\tlisten 80 default_server;\n")
	assert.NotContains(t, neither, "return")
	assert.NotContains(t, neither, "location")
}

func TestUserDataIsTheScriptCompressedAndTheSameEachTime(t *testing.T) {
	data, err := UserData(behindClassic)
	require.NoError(t, err)
	again, err := UserData(behindClassic)
	require.NoError(t, err)
	assert.Equal(t, data, again)
	assert.LessOrEqual(t, len(data), 16384)
	reader, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	content, err := io.ReadAll(reader)
	require.NoError(t, err)
	script, err := Script(behindClassic)
	require.NoError(t, err)
	assert.Equal(t, script, string(content))
}

func TestAServerThatCannotBeIsRefused(t *testing.T) {
	for _, c := range []struct {
		server Server
		want   string
	}{
		{Server{Port: 0, HealthPath: "/"}, "port 0 is not from 1 to 65535"},
		{Server{Port: 65536, HealthPath: "/"}, "port 65536 is not from 1 to 65535"},
		{Server{Port: 80}, `health path "" is not a / and then letters, digits and . _ ~ / - only`},
		{Server{Port: 80, HealthPath: "/a;b"}, `health path "/a;b" is not a / and then letters, digits and . _ ~ / - only`},
		{Server{Port: 80, HealthPath: "/$host"}, `health path "/$host" is not a / and then letters, digits and . _ ~ / - only`},
		{Server{Port: 80, HealthPath: "/\n"}, `health path "/\n" is not a / and then letters, digits and . _ ~ / - only`},
		{Server{HealthPath: "health"}, "port 0 is not from 1 to 65535\n" +
			`health path "health" is not a / and then letters, digits and . _ ~ / - only`},
	} {
		_, err := UserData(c.server)
		require.EqualError(t, err, "describing the fleet's server: "+c.want)
		_, err = Script(c.server)
		require.EqualError(t, err, "describing the fleet's server: "+c.want)
	}
	for _, s := range []Server{{Port: 1, HealthPath: "/"}, {Port: 65535, HealthPath: "/a"}} {
		_, err := UserData(s)
		require.NoError(t, err)
	}
}
