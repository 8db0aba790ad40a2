"""EC2: launch templates."""

from mends import mend


@mend
def launch_templates_keep_their_own_tags_apart():
    """AWS tells the tags of a launch template from those that it gives to what it launches.

    moto adds the first to the second, and goes on showing those that the template was created with.
    """
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.launch_templates import LaunchTemplate

    original = EC2Backend.create_launch_template

    def create_launch_template(self, name, description, template_data, tag_spec):
        launched = template_data.pop("TagSpecifications", [])
        launched = [spec for spec in launched if spec["ResourceType"] != "launch-template"]
        if launched:
            template_data["TagSpecifications"] = launched
        return original(self, name, description, template_data, tag_spec)

    EC2Backend.create_launch_template = create_launch_template
    LaunchTemplate.tags = property(lambda self: self.get_tags(), lambda self, _: None)


@mend
def every_version_of_a_launch_template_has_user_data():
    """AWS takes the user data of a template's later versions like that of the first.

    moto keeps it in a form from which it can launch nothing.
    """
    from moto.ec2.models.launch_templates import LaunchTemplate
    from moto.ec2.utils import parse_user_data

    original = LaunchTemplate.create_version

    def create_version(self, data, description):
        user_data = data.pop("UserData", None)
        if user_data is not None and str(user_data):
            data["UserData"] = parse_user_data(str(user_data))
        return original(self, data, description)

    LaunchTemplate.create_version = create_version
