"""Whole requests through the real middleware, and the pages for login, logout and password change."""

import json as python_json
import os

import django
from django.conf import settings
from django.http import HttpResponse
from django.http.cookie import parse_cookie
from django.test import Client

from ..table import operation


def described_user(user):
    """A user as `whoami` shows it; None for the anonymous one."""
    if not user.is_authenticated:
        return None
    return {"pk": str(user.pk), "username": user.get_username()}


def header_variables(headers):
    """Headers under their names in a WSGI environment, their text as the bytes that a socket carries."""
    return {
        "HTTP_" + name.upper().replace("-", "_"): wire(value) for name, value in headers.items()
    }


def wire(value):
    """Text as WSGI has it: one character per byte."""
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass").decode("latin-1")
    return value


def described(response):
    """Status, headers, the lines of Set-Cookie and the body."""
    return {
        "status": response.status_code,
        "headers": {name.lower(): value for name, value in response.items()},
        "set_cookies": [morsel.OutputString() for morsel in response.cookies.values()],
        "body": response.content.decode(),
    }


@operation("request")
def request(path, method="GET", headers=None, body="", content_type="", secure=False):
    """What Django answers to one request; CSRF checks are on."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    variables = header_variables(headers or {})
    return described(
        client.generic(method, path, body, content_type, secure=secure, **variables)
    )


@operation("whoami")
def whoami(cookie=None, headers=None, secure=False):
    """Who `request.user` is for this Cookie header, and which cookies the answer sets."""
    headers = dict(headers or {})
    if cookie is not None:
        headers["cookie"] = cookie
    answer = request("/whoami/", headers=headers, secure=secure)
    said = python_json.loads(answer["body"]) if answer["status"] == 200 else {}
    return {"user": None, "session_key": None, "session": "{}", **answer, **said}


@operation("login")
def login(username, password, cookie="", secure=False):
    """Log in at the login page as a browser does, on top of the cookies that it has."""
    form = {"username": username, "password": password}
    return submit("/accounts/login/", form, cookie, secure)


@operation("logout")
def logout(cookie, secure=False):
    return submit("/accounts/logout/", {}, cookie, secure, page="/accounts/login/")


@operation("change_password")
def change_password(cookie, old_password, new_password, secure=False):
    form = {"old_password": old_password}
    form |= {"new_password1": new_password, "new_password2": new_password}
    return submit("/accounts/password_change/", form, cookie, secure)


def submit(path, form, cookie, secure, page=None):
    """Open a page, send its form with its CSRF token, and tell which cookies a browser then has."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    for name, value in parse_cookie(cookie).items():
        client.cookies[name] = value
    client.get(page or path, secure=secure)
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    sent = {**form, "csrfmiddlewaretoken": token}
    referer = {"HTTP_REFERER": "https://testserver/"} if secure else {}
    answer = client.post(path, sent, secure=secure, **referer)
    kept = {name: morsel.value for name, morsel in client.cookies.items() if morsel.value}
    header = "; ".join(f"{name}={value}" for name, value in kept.items())
    return {**described(answer), "cookies": kept, "cookie": header}


@operation("cookies.parse")
def cookies_parse(header):
    """The pairs that Django reads from a Cookie header."""
    return list(parse_cookie(header).items())


@operation("cookies.set")
def cookies_set(name, value="", **options):
    """The Set-Cookie line of `response.set_cookie()`."""
    response = HttpResponse()
    response.set_cookie(name, value, **options)
    return response.cookies[name].OutputString()


@operation("cookies.delete")
def cookies_delete(name, **options):
    """The Set-Cookie line of `response.delete_cookie()`."""
    response = HttpResponse()
    response.delete_cookie(name, **options)
    return response.cookies[name].OutputString()




@operation("version")
def version():
    return django.get_version()


@operation("database_url")
def database_url():
    """The address of the database that this process works on."""
    return os.environ["DATABASE_URL"]
