import math

import pytest

from distrilog.integrations.finess.projections import degrees, lambert_93, utm


METRE = 1 / 111_000  # in degrees of latitude


class TestLambert93:
    @pytest.mark.parametrize(
        ("east", "north", "latitude", "longitude"),
        [
            (700_000, 6_600_000, 46.5, 3.0),  # the projection's own origin
            (648_237.3, 6_862_271.7, 48.85840, 2.29450),  # the Eiffel tower
            (870_262.2, 6_571_540.8, 46.2222, 5.2088),  # a hospital that two open sources place
        ],
    )
    def test_finds_known_places(self, east, north, latitude, longitude):
        found = lambert_93(east=east, north=north)
        assert found == pytest.approx((latitude, longitude), abs=50 * METRE)


class TestUtm:
    def test_puts_the_central_meridian_where_it_is(self):
        assert utm(zone=20, east=500_000, north=0) == pytest.approx((0, -63))
        assert utm(zone=-40, east=500_000, north=10_000_000) == pytest.approx((0, 57))

    def test_measures_along_the_meridian(self):
        # A quarter of the GRS 80 meridian is 10,001,965.73 m, times the scale.
        latitude, _ = utm(zone=31, east=500_000, north=10_001_965.729 * 0.9996)
        assert latitude == pytest.approx(90, abs=METRE / 100)

    def test_measures_along_the_equator(self):
        radians = math.atanh(
            math.sin(math.radians(1))
        )  # spherical; flattening changes it by 0.02 %
        east = 500_000 + 0.9996 * 6_378_137 * radians
        assert utm(zone=31, east=east, north=0)[1] == pytest.approx(4, abs=0.001)

    def test_is_chosen_by_the_number(self):
        antilles = degrees(registry="970100012", east=657_242.9, north=1_795_384.4)
        assert antilles == pytest.approx((16.234, -61.528), abs=0.001)
        reunion = degrees(registry="970400024", east=338_849.8, north=7_691_479.2)
        assert reunion == pytest.approx((-20.870, 55.451), abs=0.001)
        mayotte = degrees(registry="980500003", east=500_000, north=8_580_000)
        assert mayotte == pytest.approx((-12.84, 45.0), abs=0.01)
