"""The home page: the user, and the session values that the other servers show as well."""

from django.conf import settings
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods


@require_http_methods(["GET", "POST"])
def home(request):
    """Show the session's values, or change one of them."""
    if request.method == "POST" and request.user.is_authenticated:
        if "note" in request.POST:
            request.session["note"] = request.POST["note"][:200]
        else:
            request.session["counter"] = request.session.get("counter", 0) + 1
        return redirect("home")
    return render(request, "home.html")


def sites(request):
    """Link to the other servers under the host of this request: cookies belong to a host."""
    host = request.get_host().rpartition(":")[0]
    return {"sites": [(name, f"http://{host}:{port}/") for name, port in settings.DEMO_SITES.items()]}
