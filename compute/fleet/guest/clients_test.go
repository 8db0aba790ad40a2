package guest

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/userdata/userdatatest"
)

var withClients = Server{Port: TLSPort, HealthPath: "/", ClientAuth: &ClientAuth{
	Parameters: "/torii/dev/legacy", Region: "ap-northeast-1", Network: "10.0.0.0/16",
	Organization: "torii-dev", Clients: []string{"partner-a", "partner-b"}, Revocation: true,
}}

// clients is withClients, which change may change.
func clients(change func(*Server)) Server {
	s := withClients
	c := *withClients.ClientAuth
	s.ClientAuth = &c
	change(&s)
	return s
}

// withAll passes requests on, and has a script of the owner's.
var withAll = clients(func(s *Server) {
	s.HealthPath = "/health"
	s.ClientAuth.Application = 8080
	s.ClientAuth.Setup = []byte("#!/bin/sh\n# why\necho '$(" + userdatatest.Intruder + ")'")
})

func TestScriptWithClientsWritesFilesAndNothingElseComesOfThem(t *testing.T) {
	userdatatest.Check(t, machineOf(t, withClients))
	userdatatest.Check(t, machineOf(t, withAll))
	script, err := Script(behindClassic)
	require.NoError(t, err)
	assert.NotRegexp(t, "torii-tls|certificate|fleet-setup", script, "a plain server has none of it")
}

func TestScriptWithClientsNamesItsStepsInOrder(t *testing.T) {
	assert.Equal(t, []string{
		"write_files", "install_server", "install_tools", "make_group", "write_page", "fetch_certificates",
		"start_services", "wait_until_well", "up",
	}, userdatatest.Steps(t, machineOf(t, withClients)))
	assert.Equal(t, []string{
		"write_files", "install_server", "install_tools", "make_group", "write_page", "fetch_certificates",
		"start_services", "run_setup", "wait_until_well", "up",
	}, userdatatest.Steps(t, machineOf(t, withAll)))
}

func TestMachineWithClientsHasNoMoreThanItNeeds(t *testing.T) {
	files, err := machineOf(t, withAll).Files()
	require.NoError(t, err)
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	assert.Equal(t, []string{
		"/etc/torii/instance.json", "/etc/torii/nginx.conf", "/opt/torii/fleet-setup",
		"/etc/systemd/system/torii-imds.service", "/opt/torii/imds.nft",
		"/opt/torii/torii_ec2/__init__.py", "/opt/torii/torii_ec2/machine.py",
		"/etc/systemd/system/torii-fleet.service",
		"/etc/systemd/system/torii-certificates.service", "/etc/systemd/system/torii-certificates.timer",
		"/etc/systemd/system/torii-fleet.service.d/clients.conf", "/opt/torii/certificates.py",
	}, paths)
	var told map[string]any
	require.NoError(t, json.Unmarshal([]byte(files[0].Text), &told))
	assert.Equal(t, map[string]any{"Parameters": "/torii/dev/legacy", "Region": "ap-northeast-1", "Revocation": true}, told)
	assert.Equal(t, string(withAll.ClientAuth.Setup)+"\n", files[2].Text, "as it is, but for the line break at its end")
}

// TestToolsThatTheImageLacksAreInstalled has programs that say what they are asked.
func TestToolsThatTheImageLacksAreInstalled(t *testing.T) {
	for code, want := range map[string][]string{
		`command() { true; }; `:                              {"done"},
		`command() { [[ $2 == dnf ]]; }; rpm() { false; }; `: {"dnf install -y -q awscli-2", "dnf install -y -q openssl", "done"},
		`command() { [[ $2 == openssl ]]; }; dpkg() { false; }; `: {
			"apt-get -qq -o DPkg::Lock::Timeout=300 update",
			"apt-get -qq -o DPkg::Lock::Timeout=300 install --no-install-recommends --no-upgrade awscli", "done",
		},
	} {
		code += `dnf() { echo "dnf $*"; }; apt-get() { echo "apt-get $*"; }; install_tools; echo done`
		lines, status := userdatatest.Run(t, machineOf(t, withClients), code)
		assert.Equal(t, 0, status)
		assert.Equal(t, want, lines, code)
	}
}

func TestCertificatesThatCannotBeFetchedAreTheReason(t *testing.T) {
	const code = `systemctl() { [[ $1 == daemon-reload ]]; }; journalctl() { echo "no parameters; there are no certificates yet"; }; ` +
		`step "fetching the certificates" fetch_certificates`
	lines, status := userdatatest.Run(t, machineOf(t, withClients), code)
	assert.Equal(t, 1, status)
	assert.Equal(t, "torii-fleet: NOT UP: fetching the certificates: torii-certificates: no parameters; there are no certificates yet",
		lines[len(lines)-1])
}

func TestTheOwnersScriptRunsAndMayFail(t *testing.T) {
	const write = `root="$opt"; write_files; `
	lines, status := userdatatest.Run(t, machineOf(t, withAll), write+`opt="$opt/opt/torii"; step "running" run_setup`)
	assert.Equal(t, 0, status)
	assert.Equal(t, "$("+userdatatest.Intruder+")", lines[len(lines)-1])

	failing := clients(func(s *Server) { s.ClientAuth.Setup = []byte("#!/bin/sh\nexit 3\n") })
	lines, status = userdatatest.Run(t, machineOf(t, failing), write+`opt="$opt/opt/torii"; step "running the owner's script" run_setup`)
	assert.Equal(t, 1, status)
	assert.Equal(t, `torii-fleet: NOT UP: running the owner's script: "$opt/fleet-setup"`, lines[len(lines)-1])
}

func TestConfigurationAdmitsWhomItIsTold(t *testing.T) {
	text := configurationOf(t, withClients)
	assert.Contains(t, text, "map $ssl_client_s_dn $admitted {\n\t\tdefault no;\n"+
		"\t\t\"~^CN=partner-a,O=torii-dev\\z\" yes;\n\t\t\"~^CN=partner-b,O=torii-dev\\z\" yes;\n\t}\n")
	dotted := configurationOf(t, clients(func(s *Server) { s.ClientAuth.Organization = "a.b" }))
	assert.Contains(t, dotted, `"~^CN=partner-a,O=a\.b\z" yes;`, "a dot is no other letter")
	anybody := configurationOf(t, clients(func(s *Server) { s.ClientAuth.Clients, s.ClientAuth.Organization = nil, "" }))
	assert.Contains(t, anybody, "map $ssl_client_s_dn $admitted {\n\t\tdefault yes;")
	for name, c := range map[string]string{"two": text, "anybody": anybody, "all": configurationOf(t, withAll)} {
		assert.Equal(t, strings.Count(c, "{"), strings.Count(c, "}"), name)
		assert.NotContains(t, c, "<no value>", name)
	}
}

// TestConfigurationAsksEveryClientAnew is what no later change may lose without notice.
func TestConfigurationAsksEveryClientAnew(t *testing.T) {
	for _, server := range []Server{withClients, withAll} {
		text := configurationOf(t, server)
		var lines []string
		for line := range strings.Lines(text) {
			lines = append(lines, strings.TrimSpace(line))
		}
		for _, line := range []string{
			"listen 443 ssl http2 proxy_protocol default_server;", "listen 7080 default_server;", "listen 7081 proxy_protocol default_server;",
			"set_real_ip_from 10.0.0.0/16;", "real_ip_header proxy_protocol;", "10.0.0.0/16 yes;",
			"ssl_protocols TLSv1.2 TLSv1.3;", "ssl_session_tickets off;", "ssl_session_cache off;", "ssl_conf_command NumTickets 0;",
			"ssl_verify_client on;", "ssl_verify_depth 3;", "ssl_crl /run/torii-tls/current/revocation-lists;",
			"worker_shutdown_timeout 10s;", "underscores_in_headers off;", "ignore_invalid_headers on;",
			"access_log syslog:server=unix:/dev/log,nohostname,tag=torii_access torii;",
			"error_page 495 =400 @refused;", "error_page 496 =400 @missing;", "error_page 497 =400 @plain;", "error_page 403 @stranger;",
			`add_header Strict-Transport-Security "max-age=31536000" always;`,
		} {
			assert.Contains(t, lines, line)
		}
		ciphers := strings.Split(regexp.MustCompile(`ssl_ciphers (.+);`).FindStringSubmatch(text)[1], ":")
		assert.Len(t, ciphers, 6)
		for _, cipher := range ciphers {
			assert.Regexp(t, `^ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA(256|384)|CHACHA20-POLY1305)$`, cipher)
		}
	}
	assert.NotContains(t, configurationOf(t, clients(func(s *Server) { s.ClientAuth.Revocation = false })), "ssl_crl")
}

func TestRequestsArePassedOnWithoutForgeries(t *testing.T) {
	text := configurationOf(t, withAll)
	for header, value := range map[string]string{
		"X-Client-Subject": "$ssl_client_s_dn", "X-Client-Name": "$client_name", "X-Client-Serial": "$ssl_client_serial",
		"X-Client-Verify": "$ssl_client_verify", "X-Forwarded-For": "$client", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443",
		"X-Forwarded-Host": "$host", "X-Real-IP": "$client", "Forwarded": `""`, "X-Amzn-Mtls-Clientcert-Subject": `""`,
	} {
		assert.Equal(t, 1, strings.Count(text, "proxy_set_header "+header+" "+value+";\n"), header)
	}
	assert.Contains(t, text, "location = /health {\n")
	assert.Contains(t, text, "proxy_pass http://127.0.0.1:8080/health;\n")
	assert.Contains(t, text, "proxy_pass http://127.0.0.1:8080;\n")
	assert.Contains(t, text, "proxy_buffering off;\n")
	assert.NotContains(t, text, "ssi on")

	page := configurationOf(t, withClients)
	assert.Contains(t, page, "ssi on;\n")
	assert.Contains(t, page, "location = / {\n\t\t\tdefault_type text/plain;\n\t\t\treturn 200 \"well\\n\";\n")
	assert.NotContains(t, page, "proxy_pass")
}

func TestUserDataWithClientsFits(t *testing.T) {
	data, err := UserData(withAll)
	require.NoError(t, err)
	assert.Less(t, len(data), 8192, "half is for the owner's script")
	again, err := UserData(withAll)
	require.NoError(t, err)
	assert.Equal(t, data, again)
}

func TestClientsThatCannotBeAreRefused(t *testing.T) {
	for want, change := range map[string]func(*Server){
		"port 80 is not 443, where a server that asks for client certificates listens": func(s *Server) { s.Port = 80 },
		"it cannot redirect plain HTTP, which the load balancers do not pass on":       func(s *Server) { s.RedirectHTTP = true },
		`parameters "/torii/dev/" is not a path of letters, digits and . _ - only`:     func(s *Server) { s.ClientAuth.Parameters = "/torii/dev/" },
		`parameters "/a;b" is not a path of letters, digits and . _ - only`:            func(s *Server) { s.ClientAuth.Parameters = "/a;b" },
		`region "" is not one`:                                                                                       func(s *Server) { s.ClientAuth.Region = "" },
		`network "10.0.0.0" is not a range of addresses`:                                                             func(s *Server) { s.ClientAuth.Network = "10.0.0.0" },
		`organization "" is not 1 to 64 letters, digits and . _ - only`:                                              func(s *Server) { s.ClientAuth.Organization = "" },
		`organization "a,CN=b" is not 1 to 64 letters, digits and . _ - only`:                                        func(s *Server) { s.ClientAuth.Organization = "a,CN=b" },
		`client "A" is not a letter and then letters, digits and - only, in lower case`:                              func(s *Server) { s.ClientAuth.Clients = []string{"A"} },
		`client "a\"; x" is not a letter and then letters, digits and - only, in lower case`:                         func(s *Server) { s.ClientAuth.Clients = []string{`a"; x`} },
		"application port -1 is not from 1 to 65535, or 0 for a page":                                                func(s *Server) { s.ClientAuth.Application = -1 },
		"application port 65536 is not from 1 to 65535, or 0 for a page":                                             func(s *Server) { s.ClientAuth.Application = 65536 },
		"application port 443 is the web server's own":                                                               func(s *Server) { s.ClientAuth.Application = TLSPort },
		"application port 7080 is the web server's own":                                                              func(s *Server) { s.ClientAuth.Application = HealthPort },
		"application port 7081 is the web server's own":                                                              func(s *Server) { s.ClientAuth.Application = ProxiedHealthPort },
		"the owner's script has no first line that begins with #! and says what runs it":                             func(s *Server) { s.ClientAuth.Setup = []byte("echo\n") },
		"the owner's script is not text in UTF-8":                                                                    func(s *Server) { s.ClientAuth.Setup = []byte("#!/bin/sh\n\x00") },
		`the owner's script has a line "torii-end-of-file"`:                                                          func(s *Server) { s.ClientAuth.Setup = []byte("#!/bin/sh\ntorii-end-of-file\n") },
		"port 0 is not from 1 to 65535\nport 0 is not 443, where a server that asks for client certificates listens": func(s *Server) { s.Port = 0 },
	} {
		_, err := UserData(clients(change))
		require.EqualError(t, err, "describing the fleet's server: "+want)
	}
}
