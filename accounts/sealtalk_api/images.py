"""Uploading pictures, and showing them."""

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.sealtalk_api import forms
from accounts.sealtalk_api.entry import TAG
from rtcserver.wire.base import BodyTooLarge
from rtcserver.wire.sealtalk import OpenView, SealTalkView, ok

FORM_BYTES = 16_384  # what the form may hold beside the file


def media_domain() -> str:
    """Where clients find pictures, without the scheme: they write it in front themselves."""
    return settings.PUBLIC_BASE_URL.partition("://")[2] + "/media"


class GetImageToken(SealTalkView):
    @extend_schema(
        operation_id="sealtalk_get_image_token", tags=[TAG], responses=forms.ImageTokenAnswer
    )
    def get(self, request: Request) -> Response:
        """A token for `POST /user/upload_image`, good for an hour."""
        return ok(
            {
                "target": settings.IMAGE_TARGET,
                "domain": media_domain(),
                "token": services.upload_token(self.person),
            }
        )


class UploadImage(OpenView):
    """The upload token is the credential, so that plain upload libraries serve."""

    parser_classes = [MultiPartParser]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.IMAGE_MAX_BYTES + FORM_BYTES:
            raise BodyTooLarge

    @extend_schema(
        operation_id="sealtalk_upload_image",
        tags=[TAG],
        auth=[],
        request={"multipart/form-data": forms.UploadForm},
        responses=forms.ImageAnswer,
    )
    def post(self, request: Request) -> Response:
        """Upload a JPEG, PNG, GIF or WebP; `url` may be set as a portrait."""
        given = self.parsed(forms.UploadForm)
        image = services.store_image(token=given["token"], file=given["file"])
        url = f"{settings.PUBLIC_BASE_URL}/media/{image.key}"
        return ok({"key": image.key, "url": url})


@require_safe
def media(request: HttpRequest, key: str) -> FileResponse:
    """`GET /media/<key>`: an uploaded picture; its name is never used for another."""
    try:
        file, content_type = services.open_image(key)
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(
        file,
        content_type=content_type,
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )
