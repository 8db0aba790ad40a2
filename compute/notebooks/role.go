package notebooks

import (
	"strings"

	"torii/internal/account"
	"torii/internal/machine"
	"torii/internal/policy"
)

// Grants names what a notebook's instance may touch.
type Grants struct {
	TokenARN      string // of its own token
	SettingsARN   string // of its team's settings
	Packages      string // as guest.Instance has it; an s3:// folder is opened
	SessionKeyARN string // of session preferences that encrypt; "" without
}

// InstancePolicy is what a notebook's instance may do: read its settings, keep its token,
// fetch its packages, and be reached by Session Manager. The key of its token
// lets whoever may read a parameter decrypt it, so no statement names a key for that.
func InstancePolicy(at account.Place, g Grants) (string, error) {
	statements := []policy.Statement{
		{Sid: "ReadSettings", Actions: []string{"ssm:GetParameter"}, Resources: []string{g.SettingsARN}},
		{Sid: "KeepOwnToken", Actions: []string{"ssm:GetParameter", "ssm:PutParameter"}, Resources: []string{g.TokenARN}},
	}
	if folder, inS3 := strings.CutPrefix(g.Packages, "s3://"); inS3 {
		bucket, prefix, _ := strings.Cut(folder, "/")
		bucketARN := "arn:" + at.Partition + ":s3:::" + bucket
		statements = append(statements,
			policy.Statement{
				Sid: "ListPackages", Actions: []string{"s3:ListBucket"}, Resources: []string{bucketARN},
				Condition: policy.Condition{"StringLike": {"s3:prefix": {prefix + "*"}}},
			},
			policy.Statement{Sid: "FetchPackages", Actions: []string{"s3:GetObject"}, Resources: []string{bucketARN + "/" + prefix + "*"}},
		)
	}
	return policy.JSON(append(statements, machine.SessionManager(at, g.SessionKeyARN)...)...)
}
