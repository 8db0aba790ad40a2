package settings

// JupyterHub is a workload of kind jupyterhub: one instance on which people log in and
// run notebooks, and a volume of its own for what they keep.
type JupyterHub struct {
	// Required. jupyterhub.
	Kind string `setting:"kind"`
	// Host name it answers at, inside torii:edge.domain. Without a domain, one workload may do without.
	Host string `setting:"host"`
	// EC2 instance type, Intel, AMD or Graviton. A change replaces the instance: servers stop, homes stay.
	InstanceType string `setting:"instanceType"`
	// newest- and a word of yours: the newest Amazon Linux 2023 on the day that word is first deployed,
	// and that one from then on. Or the id of an AMI of it. A change replaces the instance.
	Image string `setting:"image"`
	// Availability zone of the volume and so of the instance. Default the volume's own, at first the first
	// of torii:network.zones. Cannot change.
	Zone string `setting:"zone"`
	// GiB of the volume of all homes, 10 to 16384. Can grow, at most once in 6 hours; cannot shrink.
	HomeGiB int `setting:"homeGiB"`
	// Daily snapshots of the volume that are kept, 1 to 365.
	SnapshotDays int `setting:"snapshotDays"`
	// Takes a last snapshot when the volume is deleted. It stays, and costs, until you delete it.
	FinalSnapshot bool `setting:"finalSnapshot"`
	// Snapshot that the volume is made from. Given later it replaces the volume; docs/operations.md has the steps.
	RestoreFrom string `setting:"restoreFrom"`
	// Required, 1 to 100. User names that may do everything in the hub.
	Admins []string `setting:"admins"`
	// User names that may log in beside the admins. With native, empty lets in everybody whose sign-up an
	// admin consents to.
	Users []string `setting:"users"`
	// native (accounts of the hub's own; an admin consents to each sign-up), github, or oidc (Cognito and others).
	Authenticator string `setting:"authenticator"`
	// With github and oidc: the client id that they gave you.
	ClientID string `setting:"clientId"`
	// With github and oidc: ARN of the Secrets Manager secret that holds the client secret as plain text.
	ClientSecret string `setting:"clientSecret"`
	// With oidc: address whose /.well-known/openid-configuration says the rest, such as that of a Cognito user pool.
	Issuer string `setting:"issuer"`
	// With oidc: the claim that names the user and that users cannot change themselves: username with Cognito.
	UsernameClaim string `setting:"usernameClaim"`
	// MiB of memory that each user's server may take, 512 or more.
	UserMemoryMiB int `setting:"userMemoryMiB"`
	// CPU cores that each user's server may take; fractions are fine.
	UserCPUs float64 `setting:"userCpus"`
	// Minutes without activity after which kernels, then servers, are stopped. 0 never stops them.
	IdleMinutes int `setting:"idleMinutes"`
}

// Values of authenticator.
const (
	AuthenticatorNative = "native"
	AuthenticatorGitHub = "github"
	AuthenticatorOIDC   = "oidc"
)

// NewestImage is the prefix of an image that is looked up once and then kept.
const NewestImage = "newest-"

// defaultJupyterHub is a JupyterHub that says nothing. An instance of this type holds
// three servers that take all they may, and more that do not.
func defaultJupyterHub() JupyterHub {
	return JupyterHub{
		InstanceType:  "t3.large",
		Image:         NewestImage + "1",
		HomeGiB:       100,
		SnapshotDays:  14,
		FinalSnapshot: true,
		Authenticator: AuthenticatorNative,
		UserMemoryMiB: 2048,
		UserCPUs:      2,
		IdleMinutes:   60,
	}
}

func (h *JupyterHub) site() (string, bool) { return h.Host, true }

// endpoints are none: a hub installs from package registries on the internet, so check
// wants a way out.
func (h *JupyterHub) endpoints(Settings) []string { return nil }
