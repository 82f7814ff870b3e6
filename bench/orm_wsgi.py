"""Serves `bench.orm` alone: no middleware, no other route."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "distrilog.config.settings")
settings.ROOT_URLCONF = "bench.orm"
settings.MIDDLEWARE = []
application = get_wsgi_application()
