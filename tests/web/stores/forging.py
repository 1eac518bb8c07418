"""Forged answers of Amazon: what somebody could send to the callback and must gain nothing by."""

import random
import string
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from packbench.channels.authorizing import Visitor, begin
from packbench.channels.models import Application
from packbench.lib import clock
from tests.web.stores.consenting import CALLBACK

LETTERS = string.ascii_letters + string.digits + "-_"
ODD = ("", "\0", "x" * 5000, "é", "' OR 1=1 --", "../..", "%00", "\u202e", "null", "[]")


@dataclass
class Forged:
    """One forged answer: who sends it, what it carries, and the kind of forgery."""

    kind: str
    browser: object
    query: dict
    later: timedelta = field(default_factory=timedelta)


class Forger:
    """Brings forth forged answers from a seed. Good codes come from the sandbox itself."""

    def __init__(self, seed, sandbox, *, owner, others):
        """`owner` began consents; `others` are browsers by name that did not begin them."""
        self.dice = random.Random(seed)
        self.sandbox, self.owner, self.others = sandbox, owner, others
        self.application = Application.objects.get(workspace=owner.workspace)
        self.seller = sandbox.world.seller("europe").id
        self.open_state = self._state()  # one that nobody ever answers
        self.used = self._state()  # one that was answered before
        owner.get(CALLBACK, {"state": self.used, "error": "access_denied"})
        self.kinds = sorted(name for name in dir(self) if name.startswith("forge_"))

    def forge(self, number):
        """Return one of each kind in turn."""
        kind = self.kinds[number % len(self.kinds)]
        made = getattr(self, kind)()
        browser, query, *later = made
        return Forged(kind, browser, query, *later)

    def forge_random_state(self):
        return self.owner, self._query("".join(self.dice.choices(LETTERS, k=43)), self._code())

    def forge_odd_state(self):
        return self.owner, self._query(self.dice.choice(ODD), self._code())

    def forge_altered_state(self):
        place = self.dice.randrange(len(self.open_state))
        letter = self.dice.choice([x for x in LETTERS if x != self.open_state[place]])
        state = self.open_state[:place] + letter + self.open_state[place + 1 :]
        return self.owner, self._query(state, self._code())

    def forge_cut_state(self):
        end = self.dice.randrange(1, len(self.open_state))
        return self.owner, self._query(self.open_state[:end], self._code())

    def forge_used_state(self):
        return self.owner, self._query(self.used, self._code())

    def forge_replay(self):
        """The same answer a second time, after the first was refused by Amazon."""
        state = self._state()
        self.owner.get(CALLBACK, self._query(state, "bad"))
        return self.owner, self._query(state, self._code())

    def forge_other_session(self):
        return self.others["session"], self._query(self.open_state, self._code())

    def forge_other_person(self):
        return self.others["colleague"], self._query(self.open_state, self._code())

    def forge_other_workspace(self):
        return self.others["stranger"], self._query(self.open_state, self._code())

    def forge_signed_out(self):
        return self.others["nobody"], self._query(self.open_state, self._code())

    def forge_packer(self):
        return self.others["packer"], self._query(self.open_state, self._code())

    def forge_late(self):
        late = timedelta(seconds=self.dice.randrange(601, 7200))
        return self.owner, self._query(self.open_state, self._code()), late

    def forge_code(self):
        """A good state, and a code that somebody made up."""
        code = self.dice.choice([*ODD, "".join(self.dice.choices(LETTERS, k=20))])
        return self.owner, self._query(self._state(), code)

    def forge_altered_code(self):
        code = self._code()
        place = self.dice.randrange(len(code))
        letter = self.dice.choice([x for x in LETTERS if x != code[place]])
        return self.owner, self._query(self._state(), code[:place] + letter + code[place + 1 :])

    def forge_old_code(self):
        return self.owner, self._query(self._state(), self._code(age_seconds=301))

    def forge_used_code(self):
        code = self._code()
        self.sandbox.grants.redeem_code(code, self.application.client_id, CALLBACK)
        return self.owner, self._query(self._state(), code)

    def forge_code_of_another_application(self):
        other = self.sandbox.grants.other.client_id
        return self.owner, self._query(self._state(), self._code(client_id=other))

    def forge_code_of_another_address(self):
        code = self._code(uri="https://elsewhere.example/")
        return self.owner, self._query(self._state(), code)

    def forge_other_region(self):
        """Signed in at the Seller Central of another region."""
        key = self.dice.choice(["america", "far-east"])
        seller = self.sandbox.world.seller(key).id
        return self.owner, self._query(self._state(), self._code(key), seller=seller)

    def forge_seller(self):
        """The code of one seller under the id of another, whose account is here already."""
        return self.owner, self._query(self._state(), self._code("wide"))

    def forge_seller_made_up(self):
        seller = "A" + "".join(self.dice.choices(string.ascii_uppercase + string.digits, k=13))
        return self.owner, self._query(self._state(), self._code("wide"), seller=seller)

    def forge_odd_seller(self):
        seller = self.dice.choice((*ODD, "a2lower", "A1", "A" * 21, "B2SELLER000"))
        return self.owner, self._query(self._state(), self._code(), seller=seller)

    def forge_error(self):
        error = self.dice.choice(["access_denied", "MD1000", "MD5101", "server_error", "<b>x"])
        return self.owner, {**self._query(self._state(), ""), "error": error}

    def forge_missing(self):
        """One of the three is not there at all."""
        query = self._query(self._state(), self._code())
        del query[self.dice.choice(sorted(query))]
        return self.owner, query

    def _query(self, state, code, *, seller=None):
        given = {"state": state, "spapi_oauth_code": code}
        return {**given, "selling_partner_id": self.seller if seller is None else seller}

    def _code(self, key="europe", *, client_id=None, uri=CALLBACK, age_seconds=0):
        seller = self.sandbox.world.seller(key).id
        client_id = client_id or self.application.client_id
        return self.sandbox.grants.issue_code(seller, client_id, uri, age_seconds=age_seconds)

    def _state(self):
        """A state that the owner began just now."""
        url = begin(
            self.application,
            Visitor(self.owner.person_id, self.owner.session.session_key, self.owner.workspace.pk),
            country="ES",
            name="",
            feedback="label_created",
            redirect_uri=CALLBACK,
            now=clock.now(),
        )
        return parse_qs(urlsplit(url).query)["state"][0]
