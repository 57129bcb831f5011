"""What only pages need and API answers must not carry: language choice and a page's CSP."""

from csp.middleware import CSPMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware

PAGES = ("/admin", "/session/")
# The admin theme builds its menus by evaluating attributes and inlines styles.
ADMIN_POLICY = {
    "script-src": ["'self'", "'unsafe-eval'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}
# Swagger UI inlines its icons and styles.
DOCS_POLICY = {"style-src": ["'self'", "'unsafe-inline'"]}


class PageLanguage(LocaleMiddleware):
    """Accept-Language decides on pages; wire texts of the dialects stay as specified."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path_info.startswith(PAGES):
            super().process_request(request)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path_info.startswith(PAGES):
            return super().process_response(request, response)
        return response


class PageHeaders(CSPMiddleware):
    """The strict policy everywhere, with the named exceptions above."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path_info.startswith("/admin"):
            response._csp_update = ADMIN_POLICY  # type: ignore[attr-defined]
        elif request.path_info == "/v1/docs":
            response._csp_update = DOCS_POLICY  # type: ignore[attr-defined]
        return super().process_response(request, response)
