"""`packbench createperson`: the first person and their workspace, from the command line."""

from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from packbench.accounts.joining import AlreadySetUp, set_up
from packbench.lib import clock


class Command(BaseCommand):
    help = "Make the first person, who then lets others in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--workspace", default="My workspace")

    def handle(self, *args: Any, **options: Any) -> None:
        password = getpass("Password (12 characters or more): ")
        try:
            validate_password(password)
            set_up(options["email"], password, workspace_name=options["workspace"], now=clock.now())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except AlreadySetUp as error:
            raise CommandError("There is a person already; they let others in.") from error
        self.stdout.write(f"{options['email']} can sign in now.")
