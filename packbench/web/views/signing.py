"""Signing in and out, and one's own account."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView, LogoutView
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, override
from django.views.decorators.http import require_POST

from packbench.accounts.factors import has_factor
from packbench.accounts.joining import change_password, change_person, is_set_up
from packbench.web.doors import DeskRequest, member_page
from packbench.web.forms.signing import MeForm, PasswordForm, SignInForm
from packbench.web.views.factors import half_signed_in


class SignIn(LoginView):
    template_name = "web/signing/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        if has_factor(form.get_user()):
            return half_signed_in(self.request, form.get_user(), next_page=self.get_success_url())
        answer = super().form_valid(form)
        speak(answer, self.request.user.language)  # type: ignore[union-attr]
        return answer


_sign_in = SignIn.as_view()
sign_out = LogoutView.as_view()


def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Let people in; on a desk that nobody has set up, lead there first."""
    if request.method == "GET" and not is_set_up():
        return redirect("setup")
    return _sign_in(request)


def speak(answer: HttpResponse, language: str) -> None:
    """Let the pages after this one be in the person's language, or in the browser's."""
    if language:
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")


@member_page
def me(request: DeskRequest) -> HttpResponse:
    person = request.user
    form = MeForm(request.POST or None, initial={"name": person.name, "language": person.language})
    if request.method == "POST" and form.is_valid():
        change_person(person, **form.cleaned_data)
        with override(person.language or settings.LANGUAGE_CODE):
            messages.success(request, gettext("Your account is saved."))
        answer = redirect("settings_me")
        speak(answer, person.language)
        return answer
    return _me(request, form, PasswordForm(person))


@require_POST
@member_page
def password(request: DeskRequest) -> HttpResponse:
    person = request.user
    form = PasswordForm(person, request.POST)
    if not form.is_valid():
        known = {"name": person.name, "language": person.language}
        return _me(request, MeForm(initial=known), form)
    change_password(person, form.cleaned_data["new"])
    update_session_auth_hash(request, person)
    messages.success(request, gettext("Password changed. Your other sessions have ended."))
    return redirect("settings_me")


def _me(request: DeskRequest, form: Form, password_form: Form) -> HttpResponse:
    context = {
        "form": form,
        "password_form": password_form,
        "has_factor": has_factor(request.user),
    }
    return render(request, "web/settings/me.html", context)
