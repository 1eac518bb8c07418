"""`packbench manage removefactor ines@example.com`: for who lost both app and codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from packbench.accounts.factors import remove_factor
from packbench.accounts.models import Person


class Command(BaseCommand):
    help = "Let a person sign in with the password alone again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.objects.filter(email=options["email"].lower()).first()
        if person is None:
            raise CommandError(f"Nobody signs in as {options['email']}.")
        remove_factor(person)
        self.stdout.write(f"{person.email} signs in with the password alone.")
