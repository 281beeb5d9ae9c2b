"""A user model unlike Django's own: AUTH_USER_MODEL = "members.Member"."""

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class MemberManager(BaseUserManager):
    """Finds members by their address."""


class Member(AbstractBaseUser, PermissionsMixin):
    """Signs in with an address, has a UUID and no `is_active` column."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=100, blank=True)
    points = models.BigIntegerField(default=0)

    objects = MemberManager()

    USERNAME_FIELD = "email"

    class Meta:
        """A table outside Django's naming."""

        db_table = "Club Members"
