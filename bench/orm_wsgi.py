"""Serves `bench.orm` alone: no middleware, no other route."""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "distrilog.config.settings")
django.setup(set_prefix=False)
settings.ROOT_URLCONF = "bench.orm"
settings.MIDDLEWARE = []
application = WSGIHandler()
