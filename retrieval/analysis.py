"""Text → terms: one analyzer for paragraphs and questions.

`normalise` writes in one form what is written in many; `words` cuts that into
search-mode words; `sentences` finds where a text may be cut.
"""

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

import opencc
import rjieba

# Words that ask, address or connect: in nearly every question, in no answer's favour.
STOP_WORDS = frozenset(
    "的 了 是 在 和 与 及 或 被 把 将 对 从 以 为 于 等 其 该 这 那 此 有 也 都 就 还 又 而 并 且"
    " 但 到 给 让 向 什么 啥 怎么 怎样 如何 咋 为什么 为何 为啥 多少 几 哪 哪个 哪些 哪里 哪儿 哪家"
    " 哪位 哪年 谁 何时 何地 多久 吗 呢 吧 啊 呀 嘛 请 请问 问 一下 想 知道 了解 告诉 我 我们 你"
    " 你们 他 她 它 他们 大家 各位 谢谢 麻烦 是不是 能不能 有没有 可不可以 是否 会不会".split()
)


def normalise(text: str) -> str:
    """`text` in half width, lower case and Simplified characters (１０００万 → 1000万)."""
    simplified: str = _simplifier().convert(unicodedata.normalize("NFKC", text))
    return simplified.lower()


def words(text: str) -> list[str]:
    """The search-mode words of `text`, normalised, in order, without punctuation and stop words."""
    cut: list[str] = _segmenter().cut_for_search(normalise(text), hmm=False)
    return [word for word in cut if word[0].isalnum() and word not in STOP_WORDS]


_SENTENCE = re.compile(r"[^。！？!?；;\n]*(?:[。！？!?；;\n]+[”’」』）)》\"]*|$)")


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences of `text` begin and end; together they cover it.

    A closing quote or bracket stays with the sentence it closes.
    """
    return [match.span() for match in _SENTENCE.finditer(text) if match[0]]


@lru_cache(maxsize=1)
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=1)
def _segmenter() -> rjieba.Jieba:
    """jieba's dictionary and ours, without guessing at unknown words (HMM).

    rjieba cuts exactly as jieba does then, ten times as fast and without
    jieba's second of start-up; `tests/test_analysis.py` holds the two together.
    """
    segmenter = rjieba.Jieba()
    for word in tax_words():
        segmenter.add_word(word, segmenter.suggest_freq(word), None)
    return segmenter


def tax_words() -> list[str]:
    """The words of our tax dictionary, `tax_words.txt`."""
    text = (files("retrieval") / "tax_words.txt").read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]
