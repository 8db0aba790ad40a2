package network

import "torii/internal/policy"

// endpointPolicy is the policy of an interface endpoint: it is for the account's own users and roles. With AWS's, which
// lets everybody through, whoever gets hold of a machine could talk to AWS from it in another account's name.
func endpointPolicy(accountID string) (string, error) {
	return policy.JSON(ownPrincipals(accountID))
}

// ownPrincipals lets the account's users and roles do through an endpoint whatever their own policies let them.
func ownPrincipals(accountID string) policy.Statement {
	return policy.Statement{
		Sid:       "OwnPrincipals",
		Principal: policy.Principal{AWS: []string{policy.AnyoneHere}},
		Actions:   []string{"*"},
		Resources: []string{"*"},
		Condition: policy.Condition{"StringEquals": {"aws:PrincipalAccount": {accountID}}},
	}
}

// s3EndpointPolicy is that of the S3 endpoint, which all requests of private subnets to buckets of the region go through.
// Whatever is not asked in the account's name may be read and not written: packages of Amazon Linux are fetched without
// a name, layers of ECR's images in AWS's, and people read public data; but nothing is carried out with another account's
// credentials. Whether a bucket lets itself be read is still up to its own policy.
func s3EndpointPolicy(accountID, vpcID string) (string, error) {
	return policy.JSON(ownPrincipals(accountID), policy.Statement{
		Sid:       "OthersRead",
		Principal: policy.Principal{AWS: []string{policy.AnyoneHere}},
		Actions:   []string{"s3:GetObject", "s3:GetObjectVersion", "s3:GetBucketLocation", "s3:ListBucket"},
		Resources: []string{"*"},
		// True of all that comes through the endpoint: it says so to auditors, who look for whom a statement is.
		Condition: policy.Condition{"StringEquals": {"aws:SourceVpc": {vpcID}}},
	})
}
