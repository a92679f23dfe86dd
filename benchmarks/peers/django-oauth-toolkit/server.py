"""django-oauth-toolkit's own views, and POST /approve; its access tokens are opaque rows."""

import os
from functools import cache

import django
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - after django.setup()
from oauth2_provider import views  # noqa: E402
from oauth2_provider.models import DeviceGrant  # noqa: E402


@cache
def _alice() -> User:
    return User.objects.get(username="alice")


@csrf_exempt
@require_POST
def approve(request: HttpRequest) -> JsonResponse:
    grant = DeviceGrant.objects.get(user_code=request.POST["user_code"])
    grant.user = _alice()
    grant.status = grant.AUTHORIZED
    grant.save(update_fields=["user", "status"])
    return JsonResponse({"approved": grant.user_code})


urlpatterns = [
    path("device_authorization", views.DeviceAuthorizationView.as_view()),
    path("token", views.TokenView.as_view()),
    path("approve", approve),
]
application = get_wsgi_application()
