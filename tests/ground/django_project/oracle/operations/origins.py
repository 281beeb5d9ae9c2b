"""CSRF tokens, hosts and redirects."""

from django.http import HttpRequest
from django.middleware import csrf
from django.utils.http import url_has_allowed_host_and_scheme

from ..table import operation


class DescribedRequest(HttpRequest):
    """A request whose security is said rather than derived."""

    secure = False

    def is_secure(self):
        return self.secure


class Decider(csrf.CsrfViewMiddleware):
    """The middleware with the reason of a refusal in the place of a response."""

    def _reject(self, request, reason):
        return reason


def described(method="GET", secure=False, headers=None, cookies=None, session=None, form=None):
    """A request from its description; `session` and `form` are dicts."""
    request = DescribedRequest()
    request.method, request.secure = method, secure
    request.COOKIES = cookies or {}
    request.session = session or {}
    for name, value in (headers or {}).items():
        request.META["HTTP_" + name.upper().replace("-", "_")] = value
    request.META |= {"SERVER_NAME": "testserver", "SERVER_PORT": "443" if secure else "80"}
    request.POST = form or {}
    return request


@operation("csrf.check")
def check(**request):
    """Why Django refuses a request; null when it does not."""
    return Decider(lambda request: None).process_view(described(**request), None, (), {})


@operation("csrf.mask")
def mask(secret):
    return csrf._mask_cipher_secret(secret)


@operation("csrf.check_format")
def check_format(token):
    """What is wrong with the form of a token; null when nothing is."""
    try:
        csrf._check_token_format(token)
    except csrf.InvalidTokenFormat as error:
        return error.reason


@operation("csrf.does_token_match")
def does_token_match(token, secret):
    return csrf._does_token_match(token, secret)


@operation("host.get")
def get_host(**request):
    return described(**request).get_host()


@operation("safe_url")
def safe_url(url=None, allowed_hosts=(), require_https=False):
    return url_has_allowed_host_and_scheme(url, set(allowed_hosts), require_https)
