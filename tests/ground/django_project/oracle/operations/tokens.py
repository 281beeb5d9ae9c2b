"""simplejwt's tokens. `type` is access, refresh, sliding or untyped; `json` is a payload as JSON text."""

import datetime
import json as python_json

from django.core.management import call_command
from rest_framework_simplejwt import serializers, state, tokens
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from ..table import operation
from .formats import to_text
from .users import found

CLASSES = {
    "access": tokens.AccessToken,
    "refresh": tokens.RefreshToken,
    "sliding": tokens.SlidingToken,
    "untyped": tokens.UntypedToken,
}


EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def described(token):
    """A token as text, and its payload."""
    return {"token": str(token), "json": to_text(token.payload)}


@operation("token.encode")
def encode(json):
    """The token of a payload."""
    return state.token_backend.encode(python_json.loads(json))


@operation("token.decode")
def decode(token, verify=True):
    """The payload, by the token backend alone."""
    return to_text(state.token_backend.decode(token, verify=verify))


@operation("token.create")
def create(type):
    return described(CLASSES[type]())


@operation("token.verify")
def verify(token, type):
    """The payload of a token that may be used as one of this type."""
    return to_text(CLASSES[type](token).payload)


@operation("token.for_user")
def for_user(type, user, json="{}"):
    """A token for a user, with custom claims as `get_token` adds them."""
    token = CLASSES[type].for_user(found(user))
    for name, value in python_json.loads(json).items():
        token[name] = value
    return described(token)


@operation("token.for_user_with_moments")
def for_user_with_moments(type, user, json):
    """A token whose custom claims hold moments in the place of all numbers: `JSON_ENCODER` has to write them."""
    token = CLASSES[type].for_user(found(user))
    for name, value in python_json.loads(json).items():
        token[name] = with_moments(value)
    return str(token)


def with_moments(value):
    """A JSON value with its numbers taken for milliseconds since the epoch."""
    if isinstance(value, dict):
        return {name: with_moments(member) for name, member in value.items()}
    if isinstance(value, list):
        return [with_moments(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return EPOCH + datetime.timedelta(milliseconds=value)
    return value


@operation("token.access")
def access(refresh):
    """The access token that belongs to a refresh token."""
    return described(tokens.RefreshToken(refresh).access_token)


@operation("token.refresh")
def refresh(refresh):
    """What the refresh view answers: `{access}` or `{access, refresh}`."""
    return serializers.TokenRefreshSerializer().validate({"refresh": refresh})


@operation("token.refresh_sliding")
def refresh_sliding(token):
    return serializers.TokenRefreshSlidingSerializer().validate({"token": token})["token"]


@operation("token.blacklist")
def blacklist(token, type="refresh"):
    """Whether it is blacklisted only now."""
    return CLASSES[type](token).blacklist()[1]


@operation("token.rows")
def rows(user=None, jti=None):
    """The outstanding tokens, oldest first; those of a user, or the one with this identifier."""
    chosen = {name: value for name, value in {"user": user, "jti": jti}.items() if value is not None}
    found_rows = OutstandingToken.objects.filter(**chosen).order_by("id")
    return [
        {
            "user": None if row.user_id is None else str(row.user_id),
            "jti": row.jti,
            "token": row.token,
            "created_at": row.created_at and row.created_at.isoformat(),
            "expires_at": row.expires_at.isoformat(),
            "is_blacklisted": hasattr(row, "blacklistedtoken"),
        }
        for row in found_rows.select_related("blacklistedtoken")
    ]


@operation("token.flush_expired")
def flush_expired():
    """`manage.py flushexpiredtokens`."""
    call_command("flushexpiredtokens")
