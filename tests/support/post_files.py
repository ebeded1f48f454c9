"""Files of posts, as a folder or a checkout holds them."""

from pathlib import Path

ONE, TWO, THREE = ("1" * 18, "2" * 18, "3" * 18)
"""Codes of posts."""

CODE = "202205060000000001"


def write(path: Path, text: str = "正文。", *, category: str = "emnews", code: str = CODE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'---\nlayout: post\ntitle: "题"\ndate: 2022-05-06 07:08:09 +0800\n'
        f"categories: {category}\ntags: 新闻\n---\n<p>{text}</p>\n\n<http://e.com/1,{code}.html>\n",
        "utf-8",
    )
    return path
