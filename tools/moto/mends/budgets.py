"""AWS Budgets: who is told of what."""

import json

from mends import mend


@mend
def notifications_have_subscribers():
    """AWS lists the subscribers of each notification, and finds a notification by what it says.

    moto keeps subscribers and does not list them. Clients ask for a notification with the fields that AWS leaves out.
    """
    from moto.budgets.models import Budget, BudgetsBackend
    from moto.budgets.responses import BudgetsResponse as Response

    def says(details):
        return (
            details["NotificationType"],
            details["ComparisonOperator"],
            float(details["Threshold"]),
            details.get("ThresholdType") or "PERCENTAGE",
        )

    def describe_subscribers_for_notification(self):
        budget = self.backend.budgets[self._get_param("AccountId")][self._get_param("BudgetName")]
        wanted = says(self._get_param("Notification"))
        found = [told.subscribers for told in budget.notifications if says(told.details) == wanted]
        return json.dumps({"Subscribers": found[0] if found else []})

    def delete_notification(self, account_id, budget_name, notification):
        budget = self.budgets[account_id][budget_name]
        budget.notifications = [told for told in budget.notifications if says(told.details) != says(notification)]

    Budget.name = property(lambda self: self.budget["BudgetName"])  # by which existing.py tells it from others
    Response.describe_subscribers_for_notification = describe_subscribers_for_notification
    BudgetsBackend.delete_notification = delete_notification


@mend
def budgets_change():
    """AWS replaces what a budget says and leaves its notifications alone. moto cannot change one."""
    from moto.budgets.models import Budget
    from moto.budgets.responses import BudgetsResponse as Response

    def update_budget(self):
        account, said = self._get_param("AccountId"), self._get_param("NewBudget")
        self.backend.describe_budget(account, said["BudgetName"])  # or says that there is none
        budget = self.backend.budgets[account][said["BudgetName"]]
        budget.budget = {"TimePeriod": budget.budget["TimePeriod"], **Budget(said, []).budget}
        return json.dumps({})

    Response.update_budget = update_budget


@mend
def budgets_have_tags():
    """AWS tags budgets, as they are made and later. moto has no tags of theirs."""
    from moto.budgets.models import BudgetsBackend
    from moto.budgets.responses import BudgetsResponse as Response

    original = Response.create_budget

    def tags(backend, arn):
        return vars(backend).setdefault("torii_tags", {}).setdefault(arn, {})

    def arn_of(response, name):
        return f"arn:{response.partition}:budgets::{response._get_param('AccountId')}:budget/{name}"

    def create_budget(self):
        answer = original(self)
        said = self._get_param("ResourceTags") or []
        tags(self.backend, arn_of(self, self._get_param("Budget")["BudgetName"])).update((tag["Key"], tag["Value"]) for tag in said)
        return answer

    def list_tags_for_resource(self):
        found = tags(self.backend, self._get_param("ResourceARN"))
        return json.dumps({"ResourceTags": [{"Key": key, "Value": value} for key, value in found.items()]})

    def tag_resource(self):
        said = self._get_param("ResourceTags") or []
        tags(self.backend, self._get_param("ResourceARN")).update((tag["Key"], tag["Value"]) for tag in said)
        return json.dumps({})

    def untag_resource(self):
        found = tags(self.backend, self._get_param("ResourceARN"))
        for key in self._get_param("ResourceTagKeys"):
            found.pop(key, None)
        return json.dumps({})

    delete_original = BudgetsBackend.delete_budget

    def delete_budget(self, account_id, budget_name):
        delete_original(self, account_id, budget_name)
        for arn in [arn for arn in vars(self).get("torii_tags", {}) if arn.endswith(f":budget/{budget_name}")]:
            del self.torii_tags[arn]

    Response.create_budget = create_budget
    Response.list_tags_for_resource = list_tags_for_resource
    Response.tag_resource = tag_resource
    Response.untag_resource = untag_resource
    BudgetsBackend.delete_budget = delete_budget
