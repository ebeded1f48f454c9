"""A passage as HTML: the sentence, what stands around it, and the post that it is from."""

from datetime import date, datetime
from html import escape

from bot.render.age import expiry_of
from bot.render.links import web_address
from bot.render.message import inert, safe, units
from bot.render.texts import Texts
from corpus.reading.posts import CHINA, SAMPLE_CATEGORY, Post
from retrieval.answering.answer import Passage, Related
from retrieval.ranking.validity import tells_rule

SENTENCE, PASSAGE, TITLE, SOURCE, LINE = 300, 1000, 200, 60, 80
"""The most UTF-16 units that are shown of each."""

_ENDS = "。！？!?；;…”’」』）)\n"
_BEFORE = _ENDS + "“‘「『《（(：:"
"""What stands at the end of a sentence, and before the first character of one."""

_FOLDED = 200  # units of the longest quotation that is shown unfolded


def passage_html(passage: Passage, texts: Texts, *, today: date) -> str:
    """The sentence in bold, the passage around it, then where it stands and when."""
    parts = [f"<b>{inert(shown_sentence(passage), SENTENCE)}</b>"]
    if around := around_sentence(passage):
        # A long quotation is folded to three lines until it is tapped.
        tag = "blockquote expandable" if units(around) > _FOLDED else "blockquote"
        parts.append(f"<{tag}>{inert(around, PASSAGE)}</blockquote>")
    parts.append(origin(passage, texts))
    if age := age_of(passage, texts, today):
        parts.append(f"<i>{age}</i>")
    return "\n\n".join(parts)


def whole(post: Post) -> Passage:
    """A post as a list or a page of it shows it: no passage of it."""
    known = (post.id, post.title or "", post.published, post.category, post.source, post.url)
    return Passage(*known, None, text="", sentence="", highlights=(), score=0.0, paragraph=0)


def linked_title(item: Post | Passage | Related, texts: Texts) -> str:
    """A post's title, as a link where there is an address."""
    name = inert(item.title or "", LINE) or safe(texts.no_title)
    url = web_address(item.url)
    return f'<a href="{escape(url)}">{name}</a>' if url else name


def headline(passage: Passage, texts: Texts) -> str:
    """Date, label of a sample, and the answering sentence, as plain text in one line."""
    parts = [date_of(passage.published, texts), sample_label(passage, texts), passage.sentence]
    return " ".join(filter(None, parts))


def sample_label(passage: Passage, texts: Texts) -> str:
    """The label of a bundled sample; "" of any other post."""
    return f"【{texts.sample}】" if passage.category == SAMPLE_CATEGORY else ""


def shown_sentence(passage: Passage) -> str:
    """The answering sentence: “……” where it is a part of one that goes on in the passage."""
    sentence = passage.sentence.strip()
    before, _found, after = passage.text.partition(sentence) if sentence else ("", "", "")
    lead = "……" if before and before[-1] not in _BEFORE else ""
    return f"{lead}{sentence}{'……' if _is_cut(sentence, after) else ''}"


def around_sentence(passage: Passage) -> str:
    """The passage without the sentence that stands above it: “……” where it was in between.

    Matched words are not marked: a phone's screen full of underlines is hard to read.
    """
    text, sentence = passage.text.strip(), passage.sentence.strip()
    before, found, after = text.partition(sentence) if sentence else ("", "", "")
    if not found or units(sentence) > SENTENCE:
        return text
    is_between = before.strip() or _is_cut(sentence, after)
    if not sentence.endswith(tuple(_ENDS)):
        after = after.lstrip("。！？!?；;，、,：:")
    return f"{before.rstrip()}{'……' if is_between else ''}{after}".strip()


def _is_cut(sentence: str, after: str) -> bool:
    """Whether a sentence goes on `after` what is shown of it."""
    return bool(sentence and after) and not {sentence[-1], after[0]} & {*_ENDS}


def age_of(passage: Passage, texts: Texts, today: date) -> str:
    """The line under a rule that has run out, or that is a year old or older."""
    if expired := expiry_of(passage, texts, today):
        return safe(expired)
    years = _years(passage.published, today) if passage.published else 0
    is_old = years >= 1 and tells_rule(passage.type, passage.title)
    return safe(texts.old_post.format(years=years)) if is_old else ""


def origin(passage: Passage, texts: Texts, *, mark: str = "📰 ") -> str:
    """Title, then type, date, medium and the label of a sample."""
    title = inert(passage.title, TITLE) or safe(texts.no_title)
    return "\n".join(filter(None, [f"{mark}{title}", about_post(passage, texts)]))


def about_post(passage: Passage, texts: Texts) -> str:
    """Type, date, medium of a passage's post, and the label of a sample."""
    line = [safe(texts.types[passage.type])] if passage.type else []
    line += [date_of(passage.published, texts), inert(passage.source or "", SOURCE)]
    line.append(sample_label(passage, texts))
    return " · ".join(filter(None, line))


def date_of(when: datetime | None, texts: Texts) -> str:
    return texts.date.format(when.astimezone(CHINA)) if when else ""


def _years(published: datetime, today: date) -> int:
    """Whole years from `published` to `today`."""
    then = published.astimezone(CHINA).date()
    return today.year - then.year - ((today.month, today.day) < (then.month, then.day))
