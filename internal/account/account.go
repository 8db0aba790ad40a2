// Package account says where in AWS a stack stands, for components that write ARNs.
package account

// Place is an account's part of one region, as AWS names it.
type Place struct {
	Partition string // aws, aws-cn or aws-us-gov
	Region    string // such as ap-northeast-1
	AccountID string // twelve digits
}

// Domain is what the names of AWS's services end in there.
func (p Place) Domain() string {
	if p.Partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}
