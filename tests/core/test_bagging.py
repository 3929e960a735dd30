"""The scale under the bags: what has to lie there, and what articles are learned to weigh."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.bagging import (
    MAX_ODDITIES,
    MAX_SAMPLES,
    MIN_SAMPLES,
    OWN_BAG_LIMIT_G,
    TOLERANCE_G,
    UNKNOWN,
    UNKNOWN_LIMIT_G,
    Bags,
    BagStatus,
    Band,
    Lesson,
    approved,
    learned_band,
    scanned,
    voided,
    weighed,
    with_own_bag,
    with_sample,
)

FLOUR = Band(985, 1015)
MILK = Band(1030, 1060)


def after(*steps):
    bags = Bags()
    for step, *values in steps:
        bags = step(bags, *values)
    return bags


TABLE = [
    ([], BagStatus.OK),
    ([(scanned, "flour", FLOUR)], BagStatus.WAIT_PLACE),
    ([(scanned, "flour", FLOUR), (weighed, 1000)], BagStatus.OK),
    ([(scanned, "flour", FLOUR), (weighed, 3)], BagStatus.WAIT_PLACE),
    ([(scanned, "flour", FLOUR), (weighed, 300)], BagStatus.UNEXPECTED),
    ([(scanned, "flour", FLOUR), (weighed, 300), (weighed, 0)], BagStatus.WAIT_PLACE),
    ([(weighed, 1000)], BagStatus.UNEXPECTED),
    # placed first, scanned then: the weight is there already
    ([(weighed, 1000), (scanned, "flour", FLOUR)], BagStatus.OK),
    # two at once, and one after the other in any order
    ([(scanned, "f", FLOUR), (scanned, "m", MILK), (weighed, 2045)], BagStatus.OK),
    ([(scanned, "f", FLOUR), (scanned, "m", MILK), (weighed, 1045)], BagStatus.WAIT_PLACE),
    ([(scanned, "f", FLOUR), (scanned, "m", MILK), (weighed, 1045), (weighed, 2045)], BagStatus.OK),
    # taken out, and put back
    ([(scanned, "f", FLOUR), (weighed, 1000), (weighed, 0)], BagStatus.REMOVED),
    ([(scanned, "f", FLOUR), (weighed, 1000), (weighed, 0), (weighed, 1001)], BagStatus.OK),
    # voided: to be taken out, and taken out
    ([(scanned, "f", FLOUR), (voided, "f", FLOUR)], BagStatus.OK),
    ([(scanned, "f", FLOUR), (weighed, 1000), (voided, "f", FLOUR)], BagStatus.WAIT_PLACE),
    ([(scanned, "f", FLOUR), (weighed, 1000), (voided, "f", FLOUR), (weighed, 0)], BagStatus.OK),
    # an own bag, up to its limit
    ([(with_own_bag,), (weighed, 120)], BagStatus.OK),
    ([(with_own_bag,), (weighed, OWN_BAG_LIMIT_G + 1)], BagStatus.STAFF),
    ([(with_own_bag,), (weighed, 120), (weighed, 240)], BagStatus.UNEXPECTED),
    # nobody has weighed it yet: any small increment
    ([(scanned, "new", UNKNOWN), (weighed, 777)], BagStatus.OK),
    ([(scanned, "new", UNKNOWN), (weighed, UNKNOWN_LIMIT_G + 1)], BagStatus.UNEXPECTED),
    # staff looks, and all is right
    ([(weighed, 900), (approved,)], BagStatus.OK),
    ([(with_own_bag,), (weighed, 9000), (approved,)], BagStatus.OK),
]


@pytest.mark.parametrize(("steps", "status"), TABLE)
def test_what_is_said_of_the_bags(steps, status):
    assert after(*steps).status is status


def test_staff_is_called_after_too_many_oddities_and_stays_called():
    bags = Bags()
    for n in range(MAX_ODDITIES + 1):
        bags = weighed(bags, 500 * (n + 1))
    assert bags.status is BagStatus.STAFF
    assert weighed(bags, 0).status is BagStatus.STAFF
    assert approved(weighed(bags, 0)) == Bags()


def test_one_article_alone_teaches_what_it_weighs():
    alone = after((scanned, "new", UNKNOWN), (weighed, 777))
    assert alone.lessons == (Lesson("new", 777),)
    two = after((scanned, "f", FLOUR), (scanned, "m", MILK), (weighed, 2045))
    assert two.lessons == ()
    assert weighed(alone, 777).lessons == ()


grams = st.integers(1, UNKNOWN_LIMIT_G)


@given(
    st.lists(st.integers(500, 520), min_size=MIN_SAMPLES, max_size=MAX_SAMPLES),
    st.integers(900, 5000),
)
def test_one_outlier_does_not_widen_a_band(samples, outlier):
    """Mean and deviation after the cut: what is far from the median teaches nothing."""
    band = learned_band((*samples, outlier)[-MAX_SAMPLES:])
    assert 460 <= band.least_g <= band.most_g <= 560


@given(st.lists(grams, max_size=60))
def test_a_band_is_bounded_and_does_not_depend_on_the_order(samples):
    kept = ()
    for sample in samples:
        kept = with_sample(kept, sample)
    assert len(kept) <= MAX_SAMPLES
    band = learned_band(kept)
    assert band == learned_band(tuple(sorted(kept)))
    assert 1 <= band.least_g <= band.most_g


@given(grams, st.integers(MIN_SAMPLES, MAX_SAMPLES))
def test_what_always_weighs_the_same_is_expected_so(weight, count):
    band = learned_band((weight,) * count)
    assert band.known
    assert band.holds(weight)
    assert band.most_g - weight <= max(6, weight * 2 // 100)


@given(st.lists(st.tuples(st.integers(20, UNKNOWN_LIMIT_G), st.integers(-4, 4)), max_size=20))
def test_who_places_what_was_scanned_is_never_stopped(placed):
    """Scan, place, scan, place: never UNEXPECTED, REMOVED or STAFF, and OK after each."""
    bags = Bags()
    for n, (weight, noise) in enumerate(placed):
        band = Band(max(1, weight - 10), weight + 10)
        bags = scanned(bags, str(n), band)
        assert bags.status is BagStatus.WAIT_PLACE
        bags = weighed(bags, bags.agreed_g + weight + noise)
        assert bags.status is BagStatus.OK


def test_what_is_too_light_to_be_seen_is_not_waited_for():
    assert after((scanned, "saffron", Band(1, 7))).status is BagStatus.OK
    assert after((scanned, "saffron", Band(1, 7)), (weighed, 6)).status is BagStatus.OK


@given(grams, st.integers(TOLERANCE_G + 1, 20_000))
def test_what_was_not_scanned_is_always_seen(weight, extra):
    bags = after((scanned, "a", Band(weight, weight)), (weighed, weight))
    if bags.status is BagStatus.OK:
        assert weighed(bags, bags.seen_g + extra).status is BagStatus.UNEXPECTED


@given(st.lists(st.integers(0, 5000), max_size=4))
def test_packing_anew_is_no_fault_when_all_comes_back(weights):
    bags = after((scanned, "a", FLOUR), (weighed, 1000))
    for weight in weights[:MAX_ODDITIES]:
        bags = weighed(bags, weight)
    back = weighed(bags, 1000)
    if bags.status is not BagStatus.STAFF:
        assert back.status is BagStatus.OK
        assert back.agreed_g == 1000
