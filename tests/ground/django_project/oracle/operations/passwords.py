"""Password hashes."""

from django.contrib.auth import hashers
from django.contrib.auth.models import User

from ..table import operation


@operation("password.make")
def make(password=None, salt=None, hasher="default", **work):
    """`work` is what the hasher's own `encode` takes, as `iterations`."""
    if not work:
        return hashers.make_password(password, salt, hasher)
    chosen = hashers.get_hasher(hasher)
    return chosen.encode(password, salt or chosen.salt(), **work)


@operation("password.check")
def check(encoded, password=None):
    return hashers.check_password(password, encoded)


@operation("password.verify")
def verify(encoded, password):
    """Only whether it is right, without the work that `check_password` does to hide how much a wrong one costs."""
    return hashers.identify_hasher(encoded).verify(password, encoded)


@operation("password.must_update")
def must_update(encoded):
    return hashers.get_hasher("default").must_update(encoded)


@operation("password.session_hash")
def session_hash(encoded):
    """The session auth hash of a user whose password column holds this."""
    return User(password=encoded).get_session_auth_hash()
