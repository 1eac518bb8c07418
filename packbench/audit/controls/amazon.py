"""Part 1.4 too: the keys to Amazon's side."""

from packbench.audit.finding import Finding, Installation, met, not_met
from packbench.audit.registering import control
from packbench.channels.models import SellerAccount
from packbench.lib.sentences import marked


@control("amazon.secrets", "1.4", marked("Client secrets are renewed every 180 days"))
def client_secrets(installation: Installation) -> Finding:
    applications = installation.workspace.applications.filter(accounts__isnull=False).distinct()
    old = [each for each in applications if each.secret_expires_at <= installation.now]
    if old:
        return not_met(
            marked("%(count)s client secrets are older than 180 days."),
            marked("Rotate them in Seller Central and save the new ones on the account's page."),
            count=len(old),
        )
    return met(marked("%(count)s in use, none older."), count=len(applications))


@control("amazon.authorizations", "1.4", marked("Authorizations are renewed every year"))
def authorizations(installation: Installation) -> Finding:
    accounts = installation.workspace.seller_accounts.filter(status=SellerAccount.Status.ACTIVE)
    over = accounts.filter(expires_at__lte=installation.now).count()
    if over:
        return not_met(
            marked("%(count)s authorizations are older than a year."),
            marked("Renew them on the account's page."),
            count=over,
        )
    return met(marked("%(count)s accounts, none older."), count=accounts.count())
