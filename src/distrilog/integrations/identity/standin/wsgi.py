"""The WSGI entry of the stand-in."""

import os

from django.core.wsgi import get_wsgi_application


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "distrilog.integrations.identity.standin.settings")
application = get_wsgi_application()
