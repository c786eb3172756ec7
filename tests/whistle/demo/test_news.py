"""Streams resume where they broke off, say what is gone, and take no more places than there are."""

import threading

from whistle.demo.news import KEPT, MISSED, News, Stream


def told(count: int) -> News:
    news = News(2)
    for number in range(1, count + 1):
        news.tell("lamp", {"at": number})
    return news


def numbers(news: News, after: int) -> list[int]:
    return [piece.number for piece in news.since(after)]


def test_who_has_seen_some_gets_the_rest_in_order() -> None:
    assert numbers(told(5), 3) == [4, 5]
    assert numbers(told(5), 5) == []


def test_who_has_missed_some_for_good_is_told_so_first() -> None:
    pieces = told(KEPT + 10).since(5)
    assert (pieces[0].name, pieces[0].number) == (MISSED, 10)
    assert [piece.number for piece in pieces[1:]] == list(range(11, KEPT + 11))


def test_who_speaks_of_a_demo_before_this_one_begins_anew() -> None:
    [piece] = told(3).since(99)
    assert (piece.name, piece.number) == (MISSED, 3)


def test_a_stream_waits_for_what_comes() -> None:
    news = told(1)
    threading.Timer(0.1, news.tell, ["frame", {"x": 1}]).start()
    lines = iter(Stream(news, 1, lambda: False))
    assert next(lines) == ": here\n\n"
    assert next(lines) == 'id: 2\nevent: frame\ndata: {"x": 1}\n\n'


def test_a_stream_ends_when_its_browser_has_gone() -> None:
    assert list(Stream(told(0), 0, lambda: True)) == [": here\n\n"]


def test_places_are_bounded_and_given_back_once_also_by_a_stream_that_never_began() -> None:
    news = News(1)
    assert news.enter() and not news.enter()
    stream = Stream(news, 0, lambda: False)
    stream.close()
    stream.close()
    assert news.enter() and not news.enter()
