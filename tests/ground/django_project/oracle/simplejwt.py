"""simplejwt with other settings for a moment. It reads most of them when it is imported, so they are put in place."""

import warnings
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta, timezone
from unittest import mock

import jwt
from django.conf import settings as django_settings
from rest_framework_simplejwt import authentication, serializers, state, tokens, views
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.management.commands import flushexpiredtokens
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken

APP = "rest_framework_simplejwt.token_blacklist"
DURATIONS = (
    "ACCESS_TOKEN_LIFETIME",
    "REFRESH_TOKEN_LIFETIME",
    "SLIDING_TOKEN_LIFETIME",
    "SLIDING_TOKEN_REFRESH_LIFETIME",
)
KEYS = {}
METHODS_OF_THE_APP = ("verify", "check_blacklist", "blacklist", "outstand", "for_user")

# Random secrets are short ones, too.
warnings.filterwarnings("ignore", category=jwt.warnings.InsecureKeyLengthWarning)

# Imported by simplejwt only where BLACKLIST_AFTER_ROTATION is set at the start.
serializers.BlacklistedToken = BlacklistedToken


@contextmanager
def configured(simple_jwt):
    """Put SIMPLE_JWT in force, durations in seconds; BLACKLIST_APP: false takes the blacklist app away."""
    user_settings = {
        name: timedelta(seconds=value) if name in DURATIONS else value
        for name, value in simple_jwt.items()
        if name != "BLACKLIST_APP"
    }
    user_settings.setdefault("SIGNING_KEY", django_settings.SECRET_KEY)
    with ExitStack() as stack:
        stack.callback(api_settings.reload)
        api_settings.reload()
        patch = mock.patch.object
        stack.enter_context(patch(api_settings, "_user_settings", user_settings, create=True))
        stack.enter_context(patch(state, "token_backend", backend()))
        for token_class, name in (
            (tokens.AccessToken, "ACCESS_TOKEN_LIFETIME"),
            (tokens.RefreshToken, "REFRESH_TOKEN_LIFETIME"),
            (tokens.SlidingToken, "SLIDING_TOKEN_LIFETIME"),
        ):
            stack.enter_context(patch(token_class, "lifetime", getattr(api_settings, name)))
        no_copy = (api_settings.TOKEN_TYPE_CLAIM, "exp", api_settings.JTI_CLAIM, "jti", "iat")
        stack.enter_context(patch(tokens.RefreshToken, "no_copy_claims", no_copy))
        types = api_settings.AUTH_HEADER_TYPES
        stack.enter_context(patch(authentication, "AUTH_HEADER_TYPES", types))
        stack.enter_context(patch(views, "AUTH_HEADER_TYPES", types))
        type_bytes = {name.encode("iso-8859-1") for name in types}
        stack.enter_context(patch(authentication, "AUTH_HEADER_TYPE_BYTES", type_bytes))
        if not simple_jwt.get("BLACKLIST_APP", True):
            stack.enter_context(without_app())
        yield


def backend():
    """The token backend of the settings in force; its keys are read once, since that takes milliseconds."""
    made = TokenBackend(
        api_settings.ALGORITHM,
        api_settings.SIGNING_KEY,
        api_settings.VERIFYING_KEY,
        api_settings.AUDIENCE,
        api_settings.ISSUER,
        api_settings.JWK_URL,
        api_settings.LEEWAY,
        api_settings.JSON_ENCODER,
    )
    for name in ("signing_key", "verifying_key"):
        key = (made.algorithm, getattr(made, name))
        if key not in KEYS:
            with suppress(Exception):  # Whoever needs it is told.
                KEYS[key] = made._prepare_key(key[1])
        if key in KEYS:
            setattr(made, f"prepared_{name}", KEYS[key])
    return made


@contextmanager
def without_app():
    """As if the blacklist app had not been installed when simplejwt was imported."""
    mixin = tokens.BlacklistMixin
    taken = {name: vars(mixin)[name] for name in METHODS_OF_THE_APP}
    others = [name for name in django_settings.INSTALLED_APPS if name != APP]
    for name in METHODS_OF_THE_APP:
        delattr(mixin, name)
    try:
        with mock.patch.object(django_settings, "INSTALLED_APPS", others):
            yield
    finally:
        for name, method in taken.items():
            setattr(mixin, name, method)


def freeze(stack, now):
    """Hold the clocks of simplejwt and PyJWT at `now`, in seconds since the epoch."""
    moment = datetime.fromtimestamp(now, tz=timezone.utc)
    stack.enter_context(mock.patch.object(tokens, "aware_utcnow", new=lambda: moment))
    stack.enter_context(mock.patch.object(flushexpiredtokens, "aware_utcnow", new=lambda: moment))
    frozen = type("Frozen", (datetime,), {"now": classmethod(lambda cls, tz=None: moment)})
    stack.enter_context(mock.patch.object(jwt.api_jwt, "datetime", new=frozen))
