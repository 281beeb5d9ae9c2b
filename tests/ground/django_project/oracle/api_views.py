"""The question "who am I?" to simplejwt: with the user's row, and from the claims alone."""

from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework_simplejwt.authentication import JWTAuthentication, JWTStatelessUserAuthentication


def described(request):
    """The user that simplejwt found."""
    return Response({"pk": str(request.user.pk), "username": request.user.get_username()})


@api_view(["GET", "POST"])
@authentication_classes([JWTAuthentication])
@permission_classes([IsAuthenticated])
def whoami(request):
    return described(request)


@api_view(["GET", "POST"])
@authentication_classes([JWTStatelessUserAuthentication])
@permission_classes([IsAuthenticated])
def stateless_whoami(request):
    return described(request)
