import pytest
from django.test import Client

from packbench.accounts.models import Member
from packbench_sandbox import Sandbox
from tests.making import make_member, make_workspace
from tests.web.stores.consenting import CALLBACK, Watched


@pytest.fixture(scope="session")
def amazon():
    """A pretend Amazon with next to no orders, where nothing is throttled."""
    with Sandbox(orders_per_store=1, arrivals_per_hour=0, rate_scale=1e6) as sandbox:
        demo = sandbox.application("demo")
        sandbox.grants.register_redirect_uri(demo.client_id, CALLBACK)
        yield sandbox


@pytest.fixture
def sandbox(amazon, settings):
    """The desk talks to it, and all that earlier tests did there is undone."""
    settings.SANDBOX_URL = amazon.url
    settings.BASE_URL = "http://testserver"
    yield amazon
    amazon.faults.clear()
    for seller in amazon.world.sellers.values():
        amazon.revoke(seller.key)


@pytest.fixture
def workspace(db):
    return make_workspace()


@pytest.fixture
def sign_in():
    """A browser of a member; it remembers all pages that it was shown."""

    def sign_in(member):
        browser = Watched()
        browser.force_login(member.person, backend="packbench.accounts.backends.MemberBackend")
        return browser

    return sign_in


@pytest.fixture
def owner(workspace, sign_in):
    return sign_in(make_member(workspace))


@pytest.fixture
def packer(workspace, sign_in):
    return sign_in(make_member(workspace, "pau@example.com", Member.Role.PACKER))


@pytest.fixture
def viewer(workspace, sign_in):
    return sign_in(make_member(workspace, "vera@example.com", Member.Role.VIEWER))


@pytest.fixture
def stranger(sign_in):
    """The owner of another workspace."""
    return sign_in(make_member(make_workspace("Elsewhere"), "otto@example.com"))


@pytest.fixture
def anybody(db):
    return Client()
