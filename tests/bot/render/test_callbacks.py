"""The data of buttons: what was ever encoded is decoded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render import callbacks
from bot.render.callbacks import Callback, decode, fits
from bot.storage.feedback import REASONS

_ids, _shown, _pages = st.integers(0, 10**15 - 1), st.integers(0, 999), st.integers(0, 99_999)
_names = st.text(alphabet="税务广东hgjj", min_size=1, max_size=15)

CALLBACKS: st.SearchStrategy[Callback] = st.one_of(
    st.builds(callbacks.ShowPassage, _ids, _shown),
    st.builds(callbacks.ShowContext, _ids, _shown),
    st.builds(callbacks.Like, _ids, _shown),
    st.builds(callbacks.Dislike, _ids, _shown),
    st.builds(callbacks.GiveReason, _ids, _shown, st.sampled_from(sorted(REASONS))),
    st.builds(callbacks.WriteRemark, _ids, _shown),
    st.builds(callbacks.ReadPost, st.from_regex(r"\A[A-Za-z0-9]{1,40}\Z"), st.none() | _pages),
    st.builds(callbacks.ListLatest, _pages, st.just("") | _names),
    st.builds(callbacks.ListPlace, st.none() | _pages, _names),
    st.builds(callbacks.ListFound, _ids, _shown),
    st.builds(callbacks.Review, st.sampled_from("gipscmdyu"), st.none() | _ids),
    st.builds(callbacks.ListUnanswered, _pages),
    st.builds(callbacks.RemoveQuery, _ids),
    st.builds(callbacks.TurnSetting, st.sampled_from("lapoqhtf")),
    st.just(callbacks.AskOffered()),
    st.just(callbacks.WatchQuestion()),
    st.just(callbacks.Rephrase()),
    st.just(callbacks.Forget()),
    st.builds(callbacks.ListAnswers, _ids),
    st.builds(callbacks.AskExample, _shown),
)


@given(CALLBACKS)
def test_every_button_comes_back_as_it_was_encoded_and_fits(callback: Callback) -> None:
    assert decode(callback.data) == callback
    assert fits(callback)


@pytest.mark.parametrize(
    ("data", "callback"),
    [
        ("p:7:1", callbacks.ShowPassage(7, 1)),
        ("c:7:0", callbacks.ShowContext(7, 0)),
        ("u:7:0", callbacks.Like(7, 0)),
        ("d:7:0", callbacks.Dislike(7, 0)),
        ("x:7:0:w", callbacks.GiveReason(7, 0, "w")),
        ("m:7:0", callbacks.WriteRemark(7, 0)),
        ("r:NW202207040000000101:", callbacks.ReadPost("NW202207040000000101", None)),
        ("r:NW202207040000000101:2", callbacks.ReadPost("NW202207040000000101", 2)),
        ("l:1:hgjj", callbacks.ListLatest(1, "hgjj")),
        ("l:1:", callbacks.ListLatest(1, "")),
        ("g::广东省", callbacks.ListPlace(None, "广东省")),
        ("g:2:广东省", callbacks.ListPlace(2, "广东省")),
        ("f:7:1", callbacks.ListFound(7, 1)),
        ("v:g:12", callbacks.Review("g", 12)),
        ("v:p", callbacks.Review("p")),
        ("n:1", callbacks.ListUnanswered(1)),
        ("w:3", callbacks.RemoveQuery(3)),
        ("s:l", callbacks.TurnSetting("l")),
        ("y", callbacks.AskOffered()),
        ("k", callbacks.WatchQuestion()),
        ("o:7", callbacks.ListAnswers(7)),
        ("z", callbacks.Forget()),
        ("h", callbacks.Rephrase()),
        ("e:2", callbacks.AskExample(2)),
    ],
)
def test_buttons_of_messages_sent_before_are_decoded(data: str, callback: Callback) -> None:
    assert decode(data) == callback
    assert callback.data == data


@pytest.mark.parametrize("data", ["", "p:1", "p:-1:0", "p:1:0\n", "p:١:0", "z:1", "v:q", "r:..:1"])
def test_what_no_version_made_is_no_button(data: str) -> None:
    assert decode(data) is None


def test_a_name_too_long_for_a_button_does_not_fit() -> None:
    assert not fits(callbacks.ListLatest(1, "税" * 22))
