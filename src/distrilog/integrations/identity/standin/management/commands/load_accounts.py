"""`manage load_accounts`, with the stand-in's settings: make the portal known to it."""

from typing import Any

from allauth.idp.oidc.models import Client
from django.core.management.base import BaseCommand

from distrilog.integrations.identity.standin import environment
from distrilog.integrations.identity.standin.directory import accounts


CALLBACK = "/connexion/plage/retour/"


class Command(BaseCommand):
    help = "Déclare le portail au PLAGE de démonstration. Les comptes, eux, sont lus dans demo-accounts.json."

    def handle(self, *_args: Any, **_options: Any) -> None:
        client, _created = Client.objects.get_or_create(
            pk=environment.CLIENT_ID, defaults={"name": "Distrilog"}
        )
        client.set_secret(environment.CLIENT_SECRET)
        client.set_scopes(["openid", "profile", "email"])
        client.set_redirect_uris(
            [
                f"http://{host}:{environment.PORTAL_PORT}{CALLBACK}"
                for host in ("127.0.0.1", "localhost")
            ]
        )
        client.skip_consent = True
        client.save()
        self.stdout.write(f"PLAGE de démonstration : {len(accounts())} comptes")
