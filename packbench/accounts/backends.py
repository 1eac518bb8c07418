"""Signing in: who a session belongs to, with where they work, in one query."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from packbench.accounts.models import Member, Person


class MemberBackend(ModelBackend):
    """Django's own check of the password; a person comes with `member`, None without one."""

    def get_user(self, user_id: Any) -> Person | None:
        members = Member.objects.filter(person_id=user_id, person__is_active=True)
        member = members.select_related("person", "workspace__key").order_by("id").first()
        if member is None:
            person: Person | None = super().get_user(user_id)
            return person
        member.person.member = member
        return member.person
