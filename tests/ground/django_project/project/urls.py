"""Django's own pages for accounts and its admin, simplejwt's views, and the addresses of the oracle."""

from django.contrib import admin
from django.urls import include, path

from oracle import api_views, views
from rest_framework_simplejwt import views as token_views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("django.contrib.auth.urls")),
    path("api/token/", token_views.token_obtain_pair),
    path("api/token/refresh/", token_views.token_refresh),
    path("api/token/verify/", token_views.token_verify),
    path("api/token/blacklist/", token_views.token_blacklist),
    path("api/token/sliding/", token_views.token_obtain_sliding),
    path("api/token/sliding/refresh/", token_views.token_refresh_sliding),
    path("api/whoami/", api_views.whoami),
    path("api/whoami/stateless/", api_views.stateless_whoami),
    path("whoami/", views.whoami),
    path("reset/", views.reset),
    path("oracle/", views.oracle),
]
