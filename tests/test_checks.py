"""What production refuses to start with, where e-mail is concerned."""

import pytest

from distrilog.config.checks import production_settings


def refused(settings, **values):
    """Return the identities of what is refused under some settings."""
    settings.MODE = "serve"
    for name, value in values.items():
        setattr(settings, name, value)
    return {each.id for each in production_settings(None)}


class TestProductionSettings:
    @pytest.mark.parametrize(
        ("values", "is_refused"),
        [
            ({"EMAIL_USE_TLS": False}, True),
            ({"EMAIL_USE_TLS": True}, False),
            ({"EMAIL_USE_TLS": False, "EMAIL_USE_SSL": True}, False),
            ({"EMAIL_USE_TLS": False, "EMAIL_HOST_PASSWORD": ""}, False),
            ({"EMAIL_USE_TLS": False, "EMAIL_HOST": "localhost"}, False),
        ],
    )
    def test_never_send_the_password_of_a_mail_server_in_clear(self, settings, values, is_refused):
        usual = {
            "EMAIL_HOST": "mail.example",
            "EMAIL_HOST_PASSWORD": "secret",
            "EMAIL_USE_TLS": True,
            "EMAIL_USE_SSL": False,
        }
        assert ("distrilog.E011" in refused(settings, **usual | values)) is is_refused
