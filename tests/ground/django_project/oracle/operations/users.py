"""Rows of users, of whatever model the project has."""

from django.contrib.auth import authenticate, get_user_model

from ..table import operation


def found(user):
    """The user with this primary key."""
    return get_user_model()._default_manager.get(pk=user)


def described(user):
    """All columns of a user; what JSON has no type for as text."""
    columns = {field.attname: getattr(user, field.attname) for field in user._meta.concrete_fields}
    return {
        "pk": str(user.pk),
        "username": user.get_username(),
        "columns": {name: plain(value) for name, value in columns.items()},
    }


def plain(value):
    """A value as JSON has it; dates as Python's isoformat."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@operation("user.create")
def create(password=None, **columns):
    user = get_user_model()(**columns)
    user.set_password(password)
    user.save(force_insert=True)
    return described(user)


@operation("user.get")
def get(user):
    try:
        return described(found(user))
    except get_user_model().DoesNotExist:
        return None


@operation("user.find")
def find(username):
    try:
        return described(get_user_model()._default_manager.get_by_natural_key(username))
    except get_user_model().DoesNotExist:
        return None


@operation("user.update")
def update(user, columns):
    """Write columns as they are; `password` is the encoded one."""
    get_user_model()._default_manager.filter(pk=user).update(**columns)
    return described(found(user))


@operation("user.save")
def save(user, columns=None):
    """Change attributes and save the whole object, as the admin and most views do."""
    row = found(user)
    for name, value in (columns or {}).items():
        setattr(row, name, value)
    row.save()
    return described(row)


@operation("user.update_all")
def update_all(columns, **conditions):
    """`queryset.update()`; answers the number of rows."""
    return get_user_model()._default_manager.filter(**conditions).update(**columns)


@operation("user.set_password")
def set_password(user, password=None):
    row = found(user)
    row.set_password(password)
    row.save(update_fields=["password"])
    return described(row)


@operation("user.delete")
def delete(user):
    found(user).delete()


@operation("user.session_hash")
def session_hash(user):
    return found(user).get_session_auth_hash()


@operation("user.authenticate")
def op_authenticate(username, password):
    """What `authenticate()` says, hash upgrades included."""
    user = authenticate(username=username, password=password)
    return None if user is None else described(user)
