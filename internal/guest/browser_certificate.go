//go:build linux

package guest

import (
	"encoding/json"
	"fmt"
)

// ClientCertificate is a certificate with its key, as people import it into a browser.
type ClientCertificate struct {
	P12      []byte // PKCS #12
	Password string
}

// browse is what starts the browser in its root.
const browse = "/usr/local/bin/browse"

// startBrowser fills the store in which the browser looks for certificates and keys, as a
// person does in its settings. The profile is in memory, so this is done at each start.
const startBrowser = `#!/bin/sh
set -e
store=$HOME/.pki/nssdb
mkdir -p "$store"
certutil -N --empty-password -d "sql:$store"
for authority in /etc/torii/authority-*.pem; do
  [ ! -e "$authority" ] || certutil -A -d "sql:$store" -n "$authority" -t C,, -i "$authority"
done
[ ! -e /etc/torii/client.p12 ] || pk12util -i /etc/torii/client.p12 -w /etc/torii/client.password -d "sql:$store" >&2
exec /usr/bin/chromium "$@"
`

// files are what a browser has beyond its image.
func (o BrowserOptions) files() (fileSet, error) {
	files := fileSet{browse: startBrowser}
	for i, authority := range o.Authorities {
		files[fmt.Sprintf("/etc/torii/authority-%d.pem", i)] = authority
	}
	if o.Client == nil {
		return files, nil
	}
	files["/etc/torii/client.p12"] = string(o.Client.P12)
	files["/etc/torii/client.password"] = o.Client.Password + "\n"
	// Nobody sits before it to choose among certificates, so the policy of its owner does.
	var choose []string
	for host := range o.Hosts {
		choose = append(choose, `{"pattern": `+quote("https://"+host)+`, "filter": {}}`)
	}
	policy, err := json.Marshal(map[string][]string{"AutoSelectCertificateForUrls": choose})
	if err != nil {
		return nil, fmt.Errorf("choosing the browser's certificate: %w", err)
	}
	files["/etc/chromium/policies/managed/torii.json"] = string(policy)
	return files, nil
}
