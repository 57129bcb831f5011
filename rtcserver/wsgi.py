"""HTTP: Django's WSGI handler. Every HTTP request of every kind of process goes through it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rtcserver.settings")
application = get_wsgi_application()
