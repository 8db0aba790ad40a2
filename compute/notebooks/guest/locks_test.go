package guest

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"

	"torii/internal/userdata/userdatatest"
)

func TestEveryPackageIsPinnedAsForTheHubsUsers(t *testing.T) {
	mine, hub := userdatatest.Pinned(t, files, "notebook"), os.DirFS("../../jupyterhub/guest")
	for _, name := range []string{"pip", "setuptools", "jupyterlab", "ipykernel", "ipywidgets", "psutil", "boto3"} {
		assert.Contains(t, mine, name)
	}
	theirs := userdatatest.Pinned(t, hub, "user")
	theirs["python-dateutil"] = userdatatest.Pinned(t, hub, "hub")["python-dateutil"] // boto3 wants an older one
	for name, version := range mine {
		if theirs[name] != "" {
			assert.Equal(t, theirs[name], version, name)
		}
	}
}
