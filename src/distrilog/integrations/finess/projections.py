"""
From the projected metres of the national register to degrees.

Lambert-93 on the mainland (IGN NTG 71, algorithms ALG0002 and ALG0004), UTM overseas (Krüger's
series, fourth order; below a centimetre within a zone). All on the GRS 80 ellipsoid.
"""

import math


SEMI_MAJOR_AXIS = 6_378_137.0
FLATTENING = 1 / 298.257222101
ECCENTRICITY = math.sqrt(FLATTENING * (2 - FLATTENING))
# Lambert-93: exponent and constant of the projection, origin, central meridian.
CONE, RADIUS = 0.7256077650532670, 11_754_255.4261
ORIGIN_EAST, ORIGIN_NORTH = 700_000.0, 12_655_612.0499
CENTRAL_MERIDIAN = math.radians(3)
# UTM: scale, false easting, false northing south of the equator.
SCALE, FALSE_EAST, FALSE_NORTH = 0.9996, 500_000.0, 10_000_000.0
# What a FINESS number begins with overseas → UTM zone; south of the equator when negative.
UTM_ZONES = {"9701": 20, "9702": 20, "9703": 22, "9704": -40, "9705": 21, "98": -38}


def degrees(*, registry: str, east: float, north: float) -> tuple[float, float]:
    """Return latitude and longitude in degrees of a facility's projected position."""
    zone = UTM_ZONES.get(registry[:4]) or UTM_ZONES.get(registry[:2])
    return (
        lambert_93(east=east, north=north)
        if zone is None
        else utm(zone=zone, east=east, north=north)
    )


def lambert_93(*, east: float, north: float) -> tuple[float, float]:
    """Return latitude and longitude of a Lambert-93 position."""
    radius = math.hypot(east - ORIGIN_EAST, north - ORIGIN_NORTH)
    if radius == 0:
        return 90.0, 3.0
    angle = math.atan((east - ORIGIN_EAST) / (ORIGIN_NORTH - north))
    isometric = -math.log(abs(radius / RADIUS)) / CONE
    latitude = 2 * math.atan(math.exp(isometric)) - math.pi / 2
    for _ in range(8):
        sine = ECCENTRICITY * math.sin(latitude)
        correction = ((1 + sine) / (1 - sine)) ** (ECCENTRICITY / 2)
        latitude = 2 * math.atan(correction * math.exp(isometric)) - math.pi / 2
    return math.degrees(latitude), math.degrees(CENTRAL_MERIDIAN + angle / CONE)


def utm(*, zone: int, east: float, north: float) -> tuple[float, float]:
    """Return latitude and longitude of a UTM position; a zone below zero is a southern one."""
    third = FLATTENING / (2 - FLATTENING)
    radius = SEMI_MAJOR_AXIS / (1 + third) * (1 + third**2 / 4 + third**4 / 64)
    xi = (north - (FALSE_NORTH if zone < 0 else 0)) / (SCALE * radius)
    eta = (east - FALSE_EAST) / (SCALE * radius)
    series = (
        third / 2 - 2 * third**2 / 3 + 37 * third**3 / 96,
        third**2 / 48 + third**3 / 15,
        17 * third**3 / 480,
    )
    plain_xi, plain_eta = xi, eta
    for order, factor in enumerate(series, start=1):
        plain_xi -= factor * math.sin(2 * order * xi) * math.cosh(2 * order * eta)
        plain_eta -= factor * math.cos(2 * order * xi) * math.sinh(2 * order * eta)
    conformal = math.asin(math.sin(plain_xi) / math.cosh(plain_eta))
    latitude = (
        conformal
        + (2 * third - 2 * third**2 / 3 - 2 * third**3) * math.sin(2 * conformal)
        + (7 * third**2 / 3 - 8 * third**3 / 5) * math.sin(4 * conformal)
        + 56 * third**3 / 15 * math.sin(6 * conformal)
    )
    meridian = abs(zone) * 6 - 183
    longitude = meridian + math.degrees(math.atan2(math.sinh(plain_eta), math.cos(plain_xi)))
    return math.degrees(latitude), longitude
