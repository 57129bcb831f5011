"""The first page: where people go from here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Links alone: nothing of the installation."""
    return render(request, "home.html")
