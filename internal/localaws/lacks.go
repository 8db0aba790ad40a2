package localaws

// lacks says, for each type of resource that moto has no interface for, what a user would miss. Nothing of these types
// can be deployed to the local AWS; previews and the recorder's tests cover them instead.
var lacks = map[string]string{
	"aws:backup/selection:Selection": "the local AWS has no backup selections, which say what a backup plan keeps",
}

// Lacks says in a sentence why the local AWS cannot have a resource of this type (a Pulumi type token), or "" when it
// can.
func Lacks(typeToken string) string { return lacks[typeToken] }
