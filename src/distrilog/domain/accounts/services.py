"""Profiles follow the identity provider; tokens follow their profile."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from distrilog.domain.accounts.models import Person, Profile, Token
from distrilog.domain.accounts.rules import (
    DOMAIN,
    FACILITY_ROLES,
    GRANTS,
    TOKEN_PREFIX,
    Actor,
    Deed,
    ProfileClaim,
    Role,
    token_digest,
)
from distrilog.domain.facilities.models import Facility
from distrilog.kernel.refusals import Fault, Forbidden, Invalid, NotFound
from distrilog.kernel.trace import traced


LONGEST_TOKEN_LIFE = timedelta(days=366)
MOST_TOKENS = 20  # a profile: enough for every system of a hospital, few enough to be read
MOST_PROFILES = 200  # a claim with more is a fault of the provider, not a person


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A new token. `secret` is shown once: nothing can find it again."""

    id: int
    secret: str
    expires_at: datetime


class InvalidToken(Invalid):
    """Cette clé d’API ne peut pas être créée."""

    slug = "invalid-token"


@traced("clé d’API créée")
@transaction.atomic
def issue_token(
    *, actor: Actor, name: str, expires_at: datetime, at: datetime, deeds: Iterable[str] = ()
) -> IssuedToken:
    """
    Make an API token for the profile in use; `deeds` narrows it, none means all those of the role.

    Only a session makes tokens: a stolen token must not outlive its own revocation.
    """
    actor.require(Deed.TOKEN_OWN)
    if actor.through != "session":
        raise Forbidden(detail="Une clé d’API ne peut pas créer d’autres clés.")
    profile = _lock_profile(profile_id=actor.profile, at=at)
    live = profile.tokens.filter(revoked_at__isnull=True, expires_at__gt=at).count()
    kept = sorted(set(deeds))
    faults = [*_token_faults(actor=actor, name=name, expires_at=expires_at, at=at, deeds=kept)]
    if live >= MOST_TOKENS:
        remedy = "Révoquez celles qui ne servent plus."
        faults.append(
            Fault(where="name", message=f"Ce profil a déjà {live} clés d’API.", remedy=remedy)
        )
    if faults:
        raise InvalidToken(*faults)
    # After this point, the token must succeed.

    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        profile=profile,
        name=name.strip(),
        digest=token_digest(secret),
        deeds=kept,
        created_at=at,
        expires_at=expires_at,
    )
    return IssuedToken(id=token.pk, secret=secret, expires_at=expires_at)


def _lock_profile(*, profile_id: int, at: datetime) -> Profile:
    profile = (
        Profile.objects.select_for_update(of=("self",)).valid_at(at).filter(pk=profile_id).first()
    )
    if profile is None:
        raise NotFound(detail="Ce profil n’est plus valable.")
    return profile


def _token_faults(
    *, actor: Actor, name: str, expires_at: datetime, at: datetime, deeds: Sequence[str]
) -> Iterable[Fault]:
    longest = 80
    if not 0 < len(name.strip()) <= longest:
        yield Fault(
            where="name",
            message="Le nom de la clé est vide ou trop long.",
            remedy=f"Donnez-lui un nom d’au plus {longest} caractères, par exemple celui du logiciel.",
        )
    if not at < expires_at <= at + LONGEST_TOKEN_LIFE:
        yield Fault(
            where="expires_at",
            message="La date de fin est passée ou trop lointaine.",
            remedy=f"Choisissez une date dans les {LONGEST_TOKEN_LIFE.days} jours.",
        )
    unknown = [deed for deed in deeds if deed not in GRANTS[actor.role]]
    if unknown:
        yield Fault(
            where="deeds",
            message=f"Votre rôle n’a pas ces droits : {', '.join(unknown)}.",
            remedy="Retirez-les, ou laissez la liste vide pour tous les droits de votre rôle.",
        )


@traced("clé d’API révoquée")
def revoke_token(*, actor: Actor, token_id: int, at: datetime) -> None:
    """End a token of the profile in use, at once; ending it again changes nothing."""
    actor.require(Deed.TOKEN_OWN)
    own = Token.objects.filter(pk=token_id, profile_id=actor.profile)
    if not own.exists():
        raise NotFound(detail="Cette clé d’API n’existe pas, ou n’est pas à ce profil.")
    # After this point, the revocation must succeed.

    own.filter(revoked_at__isnull=True).update(revoked_at=at)


@traced("profil révoqué")
@transaction.atomic
def revoke_profile(*, profile_id: int, at: datetime) -> None:
    """End a profile and its tokens, at once; ending it again changes nothing."""
    if not Profile.objects.select_for_update(of=("self",)).filter(pk=profile_id).exists():
        raise NotFound(detail="Ce profil n’existe pas.")
    # After this point, the revocation must succeed.

    _revoke(profile_ids=[profile_id], at=at)


def _revoke(*, profile_ids: Sequence[int], at: datetime) -> None:
    """End profiles and their tokens: a profile given back later brings no old token back."""
    Profile.objects.filter(pk__in=profile_ids, revoked_at__isnull=True).update(revoked_at=at)
    _revoke_tokens(profile_ids=profile_ids, at=at)


def _revoke_tokens(*, profile_ids: Sequence[int], at: datetime) -> None:
    Token.objects.filter(profile_id__in=profile_ids, revoked_at__isnull=True).update(revoked_at=at)


@traced("profils lus chez le fournisseur d’identité")
@transaction.atomic
def sync_profiles(*, person: Person, claims: Sequence[ProfileClaim], at: datetime) -> None:
    """
    Make the person's profiles those the provider states: new ones added, changed ones changed, others ended.

    Claims of another domain, of a role we do not know or of a facility that is not in the register
    give nothing. The provider's word is whole: what it no longer states is revoked.
    """
    if len(claims) > MOST_PROFILES:
        raise Invalid(detail=f"Le fournisseur d’identité annonce plus de {MOST_PROFILES} profils.")
    Person.objects.select_for_update().get(pk=person.pk)
    stated = _stated(claims)
    known = {
        (each.role, each.facility_id, each.perimeter): each
        for each in Profile.objects.filter(person=person, domain=DOMAIN)
    }
    # After this point, the profiles must succeed.

    gone = [profile.pk for key, profile in known.items() if key not in stated]
    _revoke(profile_ids=gone, at=at)
    for key, expires_at in stated.items():
        if key in known:
            _renew(profile=known[key], expires_at=expires_at, at=at)
        else:
            role, facility_id, perimeter = key
            Profile.objects.create(
                person=person,
                role=role,
                facility_id=facility_id,
                perimeter=perimeter,
                expires_at=expires_at,
            )


_Key = tuple[str, int | None, str]


def _stated(claims: Sequence[ProfileClaim]) -> dict[_Key, datetime | None]:
    """Return what is claimed for us, once each, with its latest end."""
    ours = [claim for claim in claims if claim.domain == DOMAIN and claim.role in set(Role)]
    ids = dict(
        Facility.objects.filter(registry__in={claim.facility for claim in ours}).values_list(
            "registry", "pk"
        )
    )
    stated: dict[_Key, datetime | None] = {}
    for claim in ours:
        of_facility = claim.role in FACILITY_ROLES
        if of_facility and claim.facility not in ids:
            continue
        key: _Key = (
            (claim.role, ids[claim.facility], "")
            if of_facility
            else (claim.role, None, claim.perimeter)
        )
        stated[key] = (
            _latest(stated[key], claim.valid_until) if key in stated else claim.valid_until
        )
    return stated


def _latest(first: datetime | None, second: datetime | None) -> datetime | None:
    """Return the later end; no end is the latest of all."""
    return None if first is None or second is None else max(first, second)


def _renew(*, profile: Profile, expires_at: datetime | None, at: datetime) -> None:
    """Give a known profile the end now stated; one that was over starts again without its tokens."""
    was_over = profile.revoked_at is not None or (
        profile.expires_at is not None and profile.expires_at <= at
    )
    if was_over:
        _revoke_tokens(profile_ids=[profile.pk], at=at)
    changed = Profile.objects.filter(pk=profile.pk).exclude(
        Q(expires_at=expires_at) if expires_at else Q(expires_at__isnull=True),
        revoked_at__isnull=True,
    )
    changed.update(expires_at=expires_at, revoked_at=None)
