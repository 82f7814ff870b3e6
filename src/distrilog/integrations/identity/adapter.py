"""Links a login to a person by the provider’s subject."""

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class PlageAdapter(DefaultSocialAccountAdapter):
    """Links a login to a person by the provider’s subject."""
