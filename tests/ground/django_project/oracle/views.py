"""The question "who am I?", as any view would answer it, and the door to the operations."""

import json

from django.contrib.auth import get_user_model, update_session_auth_hash
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .operations.requests import described_user
from .table import answer


def whoami(request):
    """What `request.user` and `request.session` say."""
    return JsonResponse(
        {
            "user": described_user(request.user),
            "session_key": request.session.session_key,
            "session": json.dumps(dict(request.session.items()), separators=(",", ":")),
        }
    )


@csrf_exempt
@require_POST
def reset(request):
    """Give a user, whom nothing of the request says, another password, and let the session go on."""
    user = get_user_model().objects.get(pk=request.GET["user"])
    user.set_password(request.GET["password"])
    user.save()
    update_session_auth_hash(request, user)
    return JsonResponse({"user": described_user(request.user)})


@csrf_exempt
@require_POST
def oracle(request):
    """Answer one question, or a list of them."""
    question = json.loads(request.body)
    if isinstance(question, list):
        return JsonResponse([answer(one) for one in question], safe=False)
    return JsonResponse(answer(question))
