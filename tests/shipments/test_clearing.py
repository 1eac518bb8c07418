"""Clearing: what goes one by one and what in a feed, held against trying everything out."""

from itertools import combinations, permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from packbench.channels.base import Quota
from packbench.shipments.clearing import Feeding, Waiting, pick_for_feed, single_time

NEVER = 1e-6
QUOTAS = st.builds(
    Quota,
    calls=st.floats(0, 4),
    rate=st.sampled_from([0.25, 0.5, 1.0, 2.0]),
    burst=st.just(10.0),
)
FEEDS = st.builds(
    lambda most, seconds: Feeding(most, seconds, seconds), st.integers(1, 6), st.floats(0, 12)
)


def times(waiting, fed, singles, feed):
    """When each is told, in the order of the queue: singles in turn, the feed at its end."""
    turns = iter(range(len(waiting)))
    return [
        feed.done_in_s if each.id in fed else single_time(next(turns), singles) for each in waiting
    ]


def end(waiting, fed, singles, feed):
    return max(times(waiting, fed, singles, feed), default=0.0)


def queue(flags):
    return [Waiting(str(place), can) for place, can in enumerate(flags)]


def ways(waiting, feed):
    """Every choice of what goes in the feed."""
    ids = [each.id for each in waiting if each.can_feed]
    for size in range(min(feed.most, len(ids)) + 1):
        yield from combinations(ids, size)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.booleans(), max_size=9), QUOTAS, FEEDS)
def test_no_other_choice_clears_the_queue_earlier(flags, singles, feed):
    waiting = queue(flags)

    fed = pick_for_feed(waiting, singles, feed)

    ours = end(waiting, fed, singles, feed)
    best = min(end(waiting, other, singles, feed) for other in ways(waiting, feed))
    assert ours <= best + NEVER
    assert len(fed) <= feed.most


@settings(max_examples=400, deadline=None)
@given(st.lists(st.floats(-5, 20), max_size=6).map(sorted), QUOTAS, FEEDS)
def test_no_other_order_is_less_late_that_clears_it_as_early(due, singles, feed):
    """Against all choices and all orders of the single calls: the greatest lateness."""
    waiting = queue([True] * len(due))

    fed = pick_for_feed(waiting, singles, feed)

    ours = times(waiting, fed, singles, feed)
    late = max((at - by for at, by in zip(ours, due, strict=True)), default=0.0)
    for size in range(min(feed.most, len(due)) + 1):
        told = [single_time(turn, singles) for turn in range(len(due) - size)]
        told += [feed.done_in_s] * size
        if max(told, default=0.0) > max(ours, default=0.0) + NEVER:
            continue
        for order in permutations(told):
            other = max((at - by for at, by in zip(order, due, strict=True)), default=0.0)
            assert late <= other + NEVER


@settings(max_examples=200, deadline=None)
@given(st.lists(st.booleans(), max_size=9), QUOTAS, FEEDS)
def test_nothing_is_fed_that_single_calls_would_tell_as_early(flags, singles, feed):
    waiting = queue(flags)

    fed = pick_for_feed(waiting, singles, feed)

    if fed:
        fewer = fed[:-1]
        assert end(waiting, fewer, singles, feed) > feed.done_in_s - NEVER
        assert end(waiting, [], singles, feed) > feed.done_in_s - NEVER


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.booleans(), max_size=9), QUOTAS, st.integers(1, 6), st.floats(0, 8), st.floats(0, 8)
)
def test_a_feed_that_is_quicker_than_expected_is_waited_for_by_nothing(
    flags, singles, most, soonest, longer
):
    """However long it takes, once it is made no other choice of a feed clears the queue earlier."""
    waiting = queue(flags)
    fed = pick_for_feed(waiting, singles, Feeding(most, soonest + longer, soonest))

    for seconds in (soonest, soonest + longer / 2, soonest + longer, soonest + 2 * longer):
        took = Feeding(most, seconds, seconds)
        others = [other for other in ways(waiting, took) if other]
        best = min((end(waiting, other, singles, took) for other in others), default=0.0)
        assert not fed or end(waiting, fed, singles, took) <= best + NEVER


def test_a_batch_of_fifty_is_told_one_by_one_and_one_of_five_hundred_mostly_in_a_feed():
    full, feed = Quota(calls=9, rate=2, burst=10), Feeding(5000, done_in_s=90, soonest_s=90)

    assert pick_for_feed(queue([True] * 50), full, feed) == []
    fed = pick_for_feed(queue([True] * 500), full, feed)
    assert fed == [str(place) for place in range(189, 500)]


def test_corrections_are_never_fed():
    empty, feed = Quota(calls=0, rate=0.5, burst=10), Feeding(100, done_in_s=10, soonest_s=10)

    fed = pick_for_feed(queue([False] * 20 + [True] * 3), empty, feed)

    assert fed == ["20", "21", "22"]
