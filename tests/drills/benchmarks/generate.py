"""Makes a news site of any size, in the real site's markup, from the text of other posts.

    python tests/drills/benchmarks/generate.py SITE --data FOLDER [--files 100000] [--seed 1]

Sentences of the posts in FOLDER are shuffled into new paragraphs, and their
figures changed, so that hardly two are alike. The same arguments give the same
site. Rates of what is odd are guesses on the high side of what was seen.
"""

import argparse
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from corpus.errors import NotAPost
from corpus.reading.post_files import load
from corpus.reading.posts import Post
from corpus.sources.folders import find

MEDIA = [
    ("青溪税报", "qingxishuibao"),
    ("云岭日报", "yunlingribao"),
    ("东湖财经 东湖APP", "donghucaijing donghuAPP"),
    ("南屏经济新闻", "nanpingjingjixinwen"),
    ("北原证券(香港)", "beiyuanzhengquan(xianggang)"),
]
HIDDEN = '<p style="display:none;height:1px;overflow:hidden;"><br /></p>'
CHART = (
    '<!-- EM_StockImg_Start --><p style="text-align:center;"><a href="http://q.example/r/0.{n}"'
    ' class="EmImageRemark"><img src="https://w.example/GetPic.aspx?nid=0.{n}&type=k&token=a&at=1"'
    ' border="0" alt="K图" /></a></p><!-- EM_StockImg_End -->'
)
STOCK = (
    '<span id="stock_0.{n}"><a href="http://q.example/r/0.{n}" class="keytip">{word}</a></span>'
    '<span id="quote_0.{n}"></span>'
)
IMAGE = '<center><img src="https://d.example/{n}.jpg" style="border:1px solid;" /></center>'


@dataclass(frozen=True)
class Story:
    code: str
    time: datetime
    title: str
    blocks: list[str]  # HTML paragraphs
    digest: str
    medium: str
    category: str


class Generator:
    def __init__(self, posts: list[Post], seed: int) -> None:
        self._random = random.Random(seed)
        paragraphs = [p for post in posts for p in post.paragraphs]
        self._sentences = [
            s for p in paragraphs for s in re.findall(r"[^。！？]{8,}[。！？]", p.text)
        ]
        self._headings = sorted({p.heading for p in paragraphs if p.heading}) or ["有何影响"]
        self._titles = [post.title for post in posts if post.title]
        self._time = datetime(2021, 12, 1)

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _varied(self, text: str) -> str:
        """`text` with other digits in its figures: 3126.45 → 4810.93."""
        return re.sub("[0-9]", lambda m: str(self._random.randint(1, 9)), text)

    def _paragraph(self) -> str:
        text = "".join(
            self._varied(self._random.choice(self._sentences))
            for _ in range(self._random.randint(1, 4))
        )
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        if self._chance(0.1):
            at = self._random.randrange(len(text))
            word = STOCK.format(n=self._random.randint(300000, 301000), word="青溪化工")
            text = text[:at] + word + text[at:] if ";" not in text else text
        indent = "　　" if self._chance(0.2) else ""
        return f"<p>{indent}{text}{'<br />' if self._chance(0.05) else ''}</p>"

    def story(self) -> Story:
        self._time += timedelta(seconds=self._random.randint(1, 180))
        number = self._random.randint(300000, 301000)
        blocks: list[str] = []
        if self._chance(0.2):
            blocks += [HIDDEN, CHART.format(n=number)]
        for i in range(self._random.choice([1, 2, 3, 4, 5, 6, 8, 12])):
            if i and self._chance(0.15):
                heading = self._random.choice(self._headings)
                blocks.append(
                    f"<p><strong>{heading}</strong></p>"
                    if self._chance(0.5)
                    else "\n ".join(f"<p>{half}</p>" for half in heading.split(" "))
                )
            blocks.append(self._paragraph())
            if self._chance(0.08):
                blocks.append(IMAGE.format(n=number))
        medium, category = self._random.choice(MEDIA)
        title = self._varied(self._random.choice(self._titles))
        return Story(
            code=f"{self._time:%Y%m%d%H%M}{self._random.randint(0, 999999):06}",
            time=self._time,
            title=title.replace("“", '"').replace("”", '"') if self._chance(0.02) else title,
            blocks=blocks,
            digest=re.sub("<[^>]*>", "", next(b for b in blocks if b.startswith("<p>"))),
            medium=medium,
            category=category,
        )

    def _front(self, story: Story, category: str, tags: str) -> str:
        zone = "" if self._chance(0.1) else " +0800"
        title, date = story.title, f"{story.time:%Y-%m-%d %H:%M:%S}{zone}"
        if self._chance(0.003):
            title, date = "", " +0800"
        blank = "\n" if self._chance(0.005) else ""
        return (
            f'{blank}---\nlayout: post\ntitle: "{title}"\ndate: {date}\n'
            f"categories: {category}\ntags: {tags}\n---\n"
        )

    def filed(self, story: Story) -> tuple[str, str]:
        """The post as filed by medium: (file name, text)."""
        medium, category = ("", "") if self._chance(0.005) else (story.medium, story.category)
        body = "\n ".join(story.blocks)
        return f"{story.time:%Y-%m-%d}-NW{story.code}.md", (
            self._front(story, category, f"{medium}新闻")
            + f'{body}<p class="em_media">（文章来源：{medium}）</p>\n\n'
            + f"<http://s.example/NewsShare.html?infoCode=NW{story.code}>\n\n"
            + f"[返回{medium}新闻](//s.example/category/{category}.html)｜[返回首页](//s.example/)"
        )

    def flash(self, story: Story) -> tuple[str, str]:
        """The post of the flash feed: (file name, text)."""
        front = self._front(story, "emnews", "东财滚动新闻")
        link = "<>" if self._chance(0.01) else f"<http://f.example/news/1350,{story.code}.html>"
        if self._chance(0.15):
            body = story.digest
        else:
            quote = f"> {story.digest}（{story.medium}）\n\n" if self._chance(0.9) else "> \n\n"
            body = quote + "".join(story.blocks)
            body += f'<p class="em_media">（文章来源：{story.medium}）</p>'
        back = "" if self._chance(0.1) else "\n\n[返回首页](//s.example/)"
        return f"{story.time:%Y-%m-%d}-{story.code}.md", f"{front}{body}\n\n{link}{back}"

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Endless (path in the site, content): twins, both folders, and what is broken."""
        while True:
            story = self.story()
            kinds: list[Callable[[Story], tuple[str, str]]] = [self.filed, self.flash]
            if not self._chance(0.15):  # else the story is in both feeds
                kinds = [self._random.choice(kinds)]
            for kind in kinds:
                name, text = kind(story)
                data = text.encode()
                if self._chance(0.0005):
                    data = self._random.choice([b"", data[: len(data) // 2] + b"\xff", b"\0" * 99])
                folder = "_posts" if self._chance(0.05) else "old_post"
                yield f"{folder}/{name}", data
                if self._chance(0.02):
                    yield f"{'_posts' if folder == 'old_post' else 'old_post'}/{name}", data


def generate(site: Path, posts: list[Post], *, files: int, seed: int = 1) -> None:
    """Write a site of so many post files, and a few that are none, below `site`."""
    for name in ("_posts", "old_post", "_layouts", "category"):
        (site / name).mkdir(parents=True, exist_ok=True)
    (site / "README.md").write_text("# 说明\n", "utf-8")
    (site / "_layouts" / "post.md").write_text("---\nlayout: default\n---\n{{ content }}\n")
    (site / "category" / "a.html").write_text("---\nlayout: category\n---\n")
    stream = Generator(posts, seed).files()
    for _ in range(files):
        name, data = next(stream)
        (site / name).write_bytes(data)


def posts_in(folder: Path) -> list[Post]:
    """The posts below `folder`; files that are none are left out."""
    posts = []
    for path in find(str(folder)).files:
        try:
            posts.append(load(Path(path)))
        except NotAPost:
            continue
    return posts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path)
    parser.add_argument("--data", type=Path, default=Path("corpus/sample"))
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    generate(arguments.site, posts_in(arguments.data), files=arguments.files, seed=arguments.seed)


if __name__ == "__main__":
    main()
