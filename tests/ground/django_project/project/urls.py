"""Django's own pages for accounts and its admin, and the two addresses of the oracle."""

from django.contrib import admin
from django.urls import include, path

from oracle import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("django.contrib.auth.urls")),
    path("whoami/", views.whoami),
    path("oracle/", views.oracle),
]
