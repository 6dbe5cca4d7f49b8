"""`python -m lms credential_keys`: the issuer's DID document and its fingerprint; `--rotate` signs with new keys from now on,
`--compromised` says that a key's signatures prove nothing any more.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creditbank.credentials import did, keys
from creditbank.credentials.models import IssuerKey
from lms.lib.actor import Actor
from lms.lib.errors import Refusal


class Command(BaseCommand):
    help = "Show the keys that sign credentials; change them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--rotate",
            choices=[*keys.Algorithm.values, "all"],
            help="sign with a new key from now on; the old one goes on proving what it signed",
        )
        what.add_argument(
            "--compromised", metavar="FRAGMENT", help="a key whose signatures prove nothing any more"
        )
        parser.add_argument("--reason", default="", help="why, with --compromised")

    def handle(self, *args: Any, **options: Any) -> None:
        who = Actor.system("credential_keys")
        try:
            if options["rotate"]:
                chosen = keys.Algorithm.values if options["rotate"] == "all" else [options["rotate"]]
                for algorithm in chosen:
                    keys.rotate(algorithm, who)
            if options["compromised"]:
                keys.mark_compromised(options["compromised"], who, reason=options["reason"])
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from None
        raw = keys.did_bytes()
        self.stdout.write(raw.decode().rstrip("\n"))
        for row in IssuerKey.objects.order_by("id"):
            self.stdout.write(f"{row.algorithm}  {row.state}  {row.fragment}")
        self.stdout.write(f"SHA-256 {did.fingerprint(raw)}")
