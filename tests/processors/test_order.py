"""Whatever order the taggers answer in, `assess` hears the news in its own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processors.order import Order
from tocsin.envelope import Place, place_of


def put(order, *told):
    return [out for place, value in told for out in order.put(place, value)]


def test_what_comes_early_waits_for_what_is_before_it():
    assert put(Order(), (Place(4, 5), "b"), (Place(-1, 4), "a")) == ["a", "b"]


def test_an_item_is_answered_when_its_last_message_has_come():
    order = Order()
    assert put(order, (Place(0, 1), "c"), (Place(-1, 0, more=True), "a")) == ["a"]
    assert put(order, (Place(-1, 0), "b")) == ["b", "c"]


def test_what_comes_again_passes_at_once():
    order = Order(7)
    assert put(order, (Place(2, 3), "again"), (Place(6, 7, more=True), "again too")) == ["again", "again too"]
    assert order.covered == 7


def test_what_has_no_place_passes_at_once():
    assert put(Order(), (Place(3, 4), "waits"), (None, "retried by hand")) == ["retried by hand"]


def test_when_something_is_lost_for_good_the_rest_goes_on_in_order():
    order = Order()
    assert put(order, (Place(8, 9), "b"), (Place(5, 8), "a")) == []
    assert list(order.give_up()) == ["a", "b"]
    assert (order.covered, len(order)) == (9, 0)


@st.composite
def histories(draw):
    """The messages that answer some news, in the order of the news; then as they come: shuffled, some twice."""
    offsets = sorted(draw(st.sets(st.integers(0, 60), max_size=12)))
    told, after = [], -1
    for offset in offsets:
        told.append((Place(after, offset), offset))
        after = offset
    came = draw(st.permutations(told + draw(st.lists(st.sampled_from(told), max_size=5) if told else st.just([]))))
    return [offset for _, offset in told], came


@given(histories())
def test_first_answers_come_in_the_order_of_the_news_and_none_is_missing(history):
    offsets, came = history
    assert list(dict.fromkeys(put(Order(), *came))) == offsets


def test_a_place_that_is_nonsense_is_none():
    for said in (b"", b"1 2", b"x y z", b"5 3 0", b"1 2 0 4"):
        assert place_of((("tocsin-place", said),)) is None
    assert place_of((("tocsin-place", b"1 2 1"),)) == Place(1, 2, more=True)
