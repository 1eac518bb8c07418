"""`packbench manage makemessages`: Django's own, which also knows our `marked` texts."""

from django.core.management.commands.makemessages import Command as MakeMessages


class Command(MakeMessages):
    xgettext_options = [*MakeMessages.xgettext_options, "--keyword=marked"]
    msgmerge_options = [*MakeMessages.msgmerge_options, "--no-fuzzy-matching"]
