"""Everything the bot says of its own, in Chinese and in English.

Values with {braces} are filled by `str.format`; they are plain text, to be
escaped like any other before they go into HTML.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from corpus.reading.post_types import NAMES, POST_TYPES, PostType
from retrieval.question.small_talk import REPLIES

Language = Literal["zh", "zh-hant", "en"]
"""Traditional Chinese, `zh-hant`, has the words of `zh`: a message is converted whole."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The bot's words in one language."""

    # An answer and its surroundings
    source_button: str
    sample: str
    types: Mapping[PostType, str]
    old_post: str
    more: str
    not_found: str
    not_found_of_year: str
    understood: str
    offer_yes: str
    posts_of_time: str
    related: str
    watch_question_button: str
    rephrase_button: str
    rephrase_how: str
    rephrase_hint: str
    example: str
    no_title: str
    date: str
    month: str
    comma: str
    next_button: str
    previous_button: str
    context_button: str
    read_button: str
    back_button: str
    page: str
    passage_number: str
    rated: str
    too_old: str
    expired: str
    all_button: str
    all_title: str
    share_button: str
    no_date: str
    newer_posts: str

    # Why an answer is disliked
    disliked: str
    wrong_passage: str
    out_of_date: str
    not_an_answer: str
    other_reason: str
    remark_button: str
    remark_ask: str
    remark_ask_of: str
    remark_hint: str
    remark_waits: str
    remark_long: str
    remark_kept: str

    # Reviewing, by operators
    review_none: str
    review_title: str
    review_settled: str
    review_reasons: str
    review_question: str
    review_no_question: str
    review_passage: str
    review_remarks: str
    review_pin_button: str
    review_synonym_button: str
    review_mute_button: str
    review_dismiss_button: str
    review_right_button: str
    review_undo_button: str
    review_next: str
    review_previous: str
    review_back: str
    review_pin_title: str
    review_pin_how: str
    review_nothing: str
    review_synonym_how: str
    review_done_pin: str
    review_done_synonym: str
    review_done_mute: str
    review_now: str
    review_now_none: str
    review_judged: str
    review_undone: str
    review_dismissed: str
    review_gone: str
    unanswered_title: str
    unanswered_line: str
    unanswered_how: str
    unanswered_none: str
    unanswered_off: str

    # Lists
    latest: str
    latest_none: str
    search_none: str
    search_title: str
    search_empty: str
    place_button: str
    place_title: str
    place_unknown: str
    source_unknown: str
    category_unknown: str
    type_unknown: str
    filter_near: str
    filter_list: str
    categories_title: str
    categories_most: str
    categories_none: str
    read_empty: str
    read_unknown: str

    # News
    watch_empty: str
    watch_long: str
    watch_many: str
    watch_past: str
    watch_saved: str
    watch_known: str
    watch_preview: str
    watch_preview_none: str
    watch_preview_fewer: str
    watch_preview_often: str
    watch_save: str
    watch_widen: str
    watch_narrow: str
    watches_title: str
    watches_none: str
    alerts_title: str
    alerts_evening: str
    alerts_part: str
    alerts_rest: str
    alert_unwanted: str
    alert_end: str
    alert_noted: str
    alert_ended: str
    alert_narrow: str
    alert_narrow_here: str
    alert_others: str
    alert_update: str
    digest_title: str
    digest_how: str
    digest_unclear: str
    digest_set: str
    digest_now: str
    digest_every_day: str
    digest_every_week: str
    weekdays: tuple[str, ...]
    digest_off: str
    digest_time: str
    digest_nothing: str
    digest_nothing_week: str
    zone_china: str
    template_now: str
    template_how: str
    template_fields: str
    template_set: str
    template_off: str
    template_wrong: str
    template_brace: str
    template_none: str
    template_long: str

    # Pictures
    trend_empty: str
    trend_many: str
    trend_long: str
    trend_none: str
    trend_missing: str
    trend_caption: str
    trend_undated: str
    trend_outside: str
    trend_peaks: str
    trend_goes_on: str
    trend_unseen: str
    charts_missing: str
    hot_title: str
    hot_before: str
    hot_line: str
    hot_none: str
    hot_off: str
    usage_title: str
    usage_today: str
    usage_days: str
    usage_questions: str
    usage_ratings: str
    usage_took: str
    usage_corpus: str
    usage_none: str
    chart_questions: str
    chart_answered: str
    chart_unanswered: str
    chart_ratings: str
    chart_liked: str
    chart_disliked: str
    chart_took: str
    chart_half: str
    chart_most: str
    chart_corpus: str
    chart_day: str
    chart_trend: str
    chart_posts: str
    chart_total: str
    chart_year: str
    chart_month: str
    chart_goes_on: str
    chart_peaks: str

    # About the bot
    welcome: str
    welcome_examples: str
    corpus_posts: str
    description: str
    short_description: str
    welcome_group: str
    welcome_channel: str
    help: str
    corpus: str
    corpus_empty: str
    newest: str
    stale: str
    not_advice: str

    # To what can't be answered
    ask_empty: str
    too_long: str
    not_text: str
    unknown_command: str
    tap_button: str
    not_allowed: str
    failed: str
    unreachable: str
    too_many: str
    too_many_chat: str
    too_fast: str

    # Chats, and what is kept about people
    greeting: str
    privacy: str
    privacy_kept: str
    privacy_unseen: str
    privacy_seen: str
    forget_ask: str
    forget_button: str
    forgotten: str
    forgotten_parts: Mapping[str, str]
    forgotten_nothing: str
    forgotten_here: str
    forget_nobody: str
    forget_others: str
    settings: str
    settings_group: str
    settings_channel: str
    settings_admins: str
    language_button: str
    traditional_button: str
    follow_ups_button: str
    alternatives_button: str
    plain_button: str
    admins_button: str
    questions_button: str
    quiet_button: str
    quiet_off: str
    on: str
    off: str
    automatic: str
    everyone: str
    admins: str
    inline_none: str
    inline_start: str

    # Names of the commands, as Telegram's menu shows them
    command_ask: str
    command_help: str
    command_start: str
    command_latest: str
    command_search: str
    command_categories: str
    command_read: str
    command_watch: str
    command_watches: str
    command_digest: str
    command_template: str
    command_trend: str
    command_hot: str
    command_stats: str
    command_review: str
    command_unanswered: str
    command_settings: str
    command_privacy: str
    command_forgetme: str


ZH = Texts(
    source_button="原文",
    sample="示例",
    types=NAMES,
    old_post="发布于 {years} 年前，政策可能已有变化。",
    more="其他相关报道",
    not_found="没有找到能回答这个问题的报道。",
    not_found_of_year="没有找到能回答{year}年情况的报道。",
    understood="按“{question}”查：",
    offer_yes="是",
    posts_of_time="这段时间的报道（新的在前）",
    related="也许相关：",
    watch_question_button="🔔 有消息时告诉我",
    rephrase_button="✎ 换个问法",
    rephrase_how=(
        "写上名字（人、公司或文件）、地方、年份，会好找得多；一次只问一件事，用报道里的说法。\n"
        "请回复这条消息，再问一次。"
    ),
    rephrase_hint="例如：2024年……公司被罚了多少？",
    example="例如：{question}",
    no_title="（无标题）",
    date="{0.year}年{0.month}月{0.day}日",
    month="{}年{}月",
    comma="、",
    next_button="下一条 ▶",
    previous_button="◀ 上一条",
    context_button="上下文",
    read_button="全文",
    back_button="↩ 回到答案",
    page="第 {page} 页，共 {pages} 页",
    passage_number="第 {number} 条，共 {total} 条",
    rated="已记下，谢谢！",
    expired="按文中所写，执行至 {date}（已到期）。可能已经延续，或另有规定。",
    all_button="☰ 全部",
    all_title="共找到 {total} 条",
    share_button="↗ 分享",
    no_date="没有日期",
    too_old="这个按钮太旧了，答案已不再保存。请重新提问。",
    newer_posts="另有 {count} 篇更新的报道，最近一篇发布于 {date}，请看下一条。",
    disliked="已记下。能告诉我哪里不好吗？",
    wrong_passage="段落不对",
    out_of_date="已过时",
    not_an_answer="答非所问",
    other_reason="其他",
    remark_button="✍ 补充说明",
    remark_ask="请回复这条消息，说说哪里不好（{limit} 字以内）。意见不记你的名字。",
    remark_ask_of="{name}，请回复这条消息，说说哪里不好（{limit} 字以内）。意见不记你的名字。",
    remark_hint="哪里不好？",
    remark_waits="请回复我上面那条消息，写下你的意见。",
    remark_long="太长了（{length} 字），请缩短到 {limit} 字以内，再回复一次。",
    remark_kept="意见已记下，谢谢！",
    review_none="没有要复查的答案。",
    review_title="🔎 待复查 {number}/{total}：{count} 人点了 👎",
    review_settled="🔎 已经处理过：{count} 人点了 👎",
    review_reasons="（{reasons}）",
    review_question="问：{question}",
    review_no_question="问题没有保存。请回复这条消息，写下问题，再给它换一段。",
    review_passage="答案：",
    review_remarks="大家的意见：",
    review_pin_button="📌 换一段",
    review_synonym_button="🔤 加同义词",
    review_mute_button="🔇 屏蔽这一段",
    review_dismiss_button="✔ 不用改",
    review_right_button="✓ 现在对了",
    review_undo_button="↩ 撤销",
    review_next="下一个 ▶",
    review_previous="◀ 上一个",
    review_back="↩ 返回",
    review_pin_title="📌 哪一段才是答案？",
    review_pin_how="都不是？请回复这条消息：写几个词再找一遍，或写报道编号，在那一篇里挑。",
    review_nothing="没有找到合适的段落。",
    review_synonym_how=(
        "🔤 哪些词是一个意思？请回复这条消息，写两个以上，用空格分开，每个不超过 20 字，"
        "例如：云税通 电子税务局"
    ),
    review_done_pin="📌 已采纳（第 {id} 号）：再问这个问题，先给这一段。",
    review_done_synonym="🔤 已采纳（第 {id} 号）：{names}，今后当作一个意思。",
    review_done_mute="🔇 已采纳（第 {id} 号）：这一段今后不再当答案，全文里还看得到。\n“{opening}”",
    review_now="现在的答案：",
    review_now_none="现在的答案：没有找到。",
    review_judged="✓ 已收进你的题目，用 taxnews evaluate --feedback 可以看效果。",
    review_undone="已撤销第 {id} 号。",
    review_dismissed="好，这条不改。",
    review_gone="这个答案已不再保存。",
    unanswered_title="近 90 天里没找到答案的问题（意思相近的合在一起）：",
    unanswered_line="{number}. {question}（{count} 次，最近 {day}）",
    unanswered_how="要给其中一个指定答案，请发：/review 问题",
    unanswered_none="近 90 天的问题都找到了答案。",
    unanswered_off=(
        "现在不保存大家的问题，所以看不到。要保存，请设 TAXNEWS_KEEP_QUESTIONS=true，"
        "再重新启动机器人；/privacy 会照实告诉大家。"
    ),
    latest="最新报道",
    latest_none="没有这样的报道。",
    search_none="没有搜到这样的报道。换几个词，或少写一个词试试。",
    search_title="搜索结果",
    search_empty=(
        "请把要搜的词写在后面，例如：/search 留抵退税 骗取 2023年 地区:广东 来源:中国税务报"
        " 分类:{category} 类型:案例\n有哪些分类：/categories"
    ),
    place_button="📍 {place}",
    place_title="{place}的报道",
    place_unknown="不认识这个地区：{place}。请写省或市的名字，例如：地区:广东、地区:深圳",
    source_unknown="资料库里没有这个来源：{value}。",
    category_unknown="资料库里没有这个分类：{value}。",
    type_unknown="没有这个类型：{value}。",
    filter_near="是不是：{names}？",
    filter_list="可选的有：{names}",
    categories_title="分类（点按看最新报道）：",
    categories_most="共 {total:,} 个分类，这里是报道最多的 {shown} 个：",
    categories_none="资料库里没有分类。",
    read_empty="请用 /read 回复我的一条答案，我就把那篇报道的全文分页发出来。",
    read_unknown="这篇报道已不在资料库里。",
    watch_empty=(
        "请把要关注的内容写在后面，例如：/watch 留抵退税 骗取\n"
        "可加 地区:广东、分类:{category}、来源:中国税务报、类型:法规；"
        "只写这几项，每一篇符合的新报道都会发来。"
    ),
    watch_long="太长了，请缩短到 {limit} 字以内。",
    watch_past="那段时间已经过去，不会再有那时的新报道。去掉时间，就能关注以后的报道。",
    watch_many="这里已经关注了 {limit} 条，请先用 /watches 删掉一些。",
    watch_saved="已关注：{query}\n有新报道符合时，我会发到这里。/watches 可查看和删除。",
    watch_known="已经关注了，有新报道会发到这里。",
    watch_preview="“{query}”：近 {days} 天有 {count} 篇符合",
    watch_preview_none="“{query}”：近 {days} 天没有符合的报道。",
    watch_preview_fewer="少写一个词，更容易等到新报道。",
    watch_preview_often="平均每天不止一篇。加上地区或类型会更准。",
    watch_save="✅ 保存",
    watch_widen="放宽：{query}",
    watch_narrow="收窄：{query}",
    watches_title="这里关注的内容（点按删除）：",
    watches_none="这里还没有关注。用 /watch 加上想关注的内容，例如：/watch 留抵退税 骗取",
    alerts_title="🔔 {count} 篇新报道符合你的关注",
    alerts_evening="🌙 当天其余的 {count} 篇",
    alerts_part="{title}（{first}–{last}）",
    alerts_rest="今天已发 {limit} 条提醒，其余的晚上 8 点一并列出，一篇不少。",
    alert_unwanted="不是我要的",
    alert_end="取消关注",
    alert_noted="已记下。这件事的后续也不再提醒。",
    alert_ended="不再关注：{query}",
    alert_narrow="“{query}”的这类报道已有 {count} 篇不是你要的。可以收窄成下面这样，代替原来的：",
    alert_narrow_here="已记下。这类报道已有 {count} 篇不是你要的。可以收窄：发送 /watch {narrow}，"
    "再用 /watches 删去“{query}”。",
    alert_others="另有 {count} 篇",
    alert_update="🔔 后续：{query}",
    digest_title="📮 {day} 要闻",
    digest_how=(
        "定时摘要这样设：\n/digest 08:30 每天\n/digest 周一 08:30 每周\n"
        "后面可加 分类:{category}、关注（只看关注的内容）、时区如 Asia/Tokyo\n"
        "/digest now 现在就发一份看看\n/digest off 取消"
    ),
    digest_unclear="没看懂“{wanted}”，定时摘要没有改动。",
    digest_now="现在的定时摘要：{schedule}",
    digest_every_day="每天 {time}（{zone}）",
    digest_every_week="每{day} {time}（{zone}）",
    weekdays=("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    digest_set="好的，下一次摘要：{when}",
    digest_off="摘要已取消。",
    digest_time="{day} {time}（{zone}）",
    digest_nothing="近一天没有符合的新报道。到时如果还没有，就不发。",
    digest_nothing_week="近一周没有符合的新报道。到时如果还没有，就不发。",
    zone_china="北京时间",
    template_now="现在的样式：\n{template}",
    template_how=(
        "发到这里的报道和摘要，样式可以自己定。把样式写在 /template 后面，可以分几行，例如：\n"
        "/template {标题}\n{句子}\n{链接} {标签}\n\n"
        "可用：{标题} {句子} {链接} {标签} {日期} {来源}\n/template off 用回原来的样式"
    ),
    template_fields="可用的有：{标题} {句子} {链接} {标签} {日期} {来源}",
    template_set="样式已保存。最新一篇会是这样：",
    template_off="好的，用回原来的样式。",
    template_wrong="没有 {field} 这一项，样式没有保存。",
    template_brace="有一个 {field} 不成对，样式没有保存。",
    template_none="样式里要有至少一项报道的内容，没有保存。",
    template_long="样式太长了（{length} 字），请缩短到 {limit} 字以内。",
    trend_empty="请把要看的词写在后面，用空格分开，例如：/trend 留抵退税 骗税",
    trend_many="一次最多看 {limit} 个词。",
    trend_long="每个词请不超过 {limit} 个字。",
    trend_missing="抱歉，这个机器人的报道存放在集群上，不能统计提到的篇数。",
    trend_none="{first}至{last}的报道里，没有一篇提到：{subjects}",
    trend_caption=(
        "每月有多少篇报道提到（标题、小标题或正文里有这个词）：\n{subjects}\n{first}至{last}"
    ),
    trend_undated="另有 {count:,} 篇没有日期，未计入。",
    trend_outside="另有 {count:,} 篇不在这段时间里，未计入。",
    trend_peaks="超出图中范围：{peaks}。",
    trend_goes_on="本月还没过完，画成虚线。",
    trend_unseen="没有提到：{subjects}",
    charts_missing="现在画不了图，只有数字：",
    hot_title="本周（{monday}起）被问得最多：",
    hot_before="上周被问得最多：",
    hot_line="{number}. {subject}  {askers} 人",
    hot_none="这两周还没有 {least} 人以上问过的内容。",
    hot_off="这里不统计大家问什么。",
    usage_title="使用情况",
    usage_today="今天",
    usage_days="近 {days} 天",
    usage_questions="{period}：{questions:,} 个问题，{answered} 有答案",
    usage_ratings="    👍 {liked:,}  👎 {disliked:,}，{share} 满意",
    usage_took="    检索用时：一半在 {half:,} 毫秒内，95% 在 {most:,} 毫秒内",
    usage_corpus="资料库：{posts:,} 篇，{paragraphs:,} 段，{days} 天来增加 {more:,} 篇",
    usage_none="还没有人提问。",
    chart_questions="每天的问题",
    chart_answered="有答案",
    chart_unanswered="没有找到",
    chart_ratings="每天的评价",
    chart_liked="满意",
    chart_disliked="不满意",
    chart_took="检索用时（毫秒）",
    chart_half="一半在此之内",
    chart_most="95% 在此之内",
    chart_corpus="资料库（篇）",
    chart_day="{0.month}月{0.day}日",
    chart_trend="每月提到的报道",
    chart_posts="篇",
    chart_total="{subject} {total:,} 篇",
    chart_year="{}年",
    chart_month="{}月",
    chart_goes_on="虚线：本月还没过完",
    chart_peaks="▲ 超出图中范围，旁边是篇数",
    welcome="你好！直接发问题就行：我从税务新闻里找出能回答的那一段原文，附日期和链接；找不到会直说。",
    welcome_examples="比如问：",
    corpus_posts="现有 {posts} 篇报道。",
    description=(
        "我从税务新闻里找答案：你提问，我给出报道里能回答的那一段原文，附日期、媒体和链接；找不到会直说，不会猜。"
        "\n\n群里请 @ 我并写上问题，频道里可以定时发要闻。答案是新闻原文的摘录，不是税务意见。"
    ),
    short_description="从税务新闻里找答案：给出能回答的那一段原文、日期和链接，找不到会直说。",
    welcome_group=(
        "你好！我从税务新闻里找答案。在这里请用 @{username} 加问题，或回复我的消息，"
        "或发 /ask 问题。"
    ),
    welcome_channel=(
        "你好！我从税务新闻里找答案。在频道里请发帖：/ask 问题。\n"
        "/watch 一有符合的新报道就发在这里，/digest 定时发要闻，/template 设定样式。"
    ),
    help=(
        "怎么问\n"
        "· 私聊：直接发问题，例如：{example}\n"
        "· 群里：@{username} 加问题，或回复我的消息，或发 /ask 问题\n"
        "· 频道：发帖 /ask 问题\n"
        "· 一条消息最多 5 个问题、1000 字；找不到时我会直说，不会猜。\n"
        "· 还有：/latest 最新报道，/search 搜索，/watch 关注，/digest 定时摘要，/trend 趋势图，"
        "/settings 设置\n"
        "· 命令也可以写中文：最新、搜索 留抵退税、关注 留抵退税（群里连同 @{username} 一起写）"
    ),
    corpus="资料库：{posts} 篇报道，{paragraphs} 个段落。",
    corpus_empty="资料库还是空的，暂时答不了问题。",
    newest="最新一篇发布于 {date}。",
    stale="⚠️ 最新一篇已是 {days} 天前的，近来的消息可能还没有收录。",
    not_advice="答案都是新闻原文的摘录，不是税务意见；办税请以主管税务机关的答复为准。",
    ask_empty="请把问题一起发来，例如：/ask 留抵退税怎么防骗取？",
    too_long="问题太长了（{length} 字），请缩短到 {limit} 字以内。",
    not_text="我只看得懂文字。语音、图片请先转成文字，再发给我。",
    unknown_command="没有这个命令。直接发问题就行，或看看 /help。",
    tap_button="请点答案下面的“{button}”按钮。",
    not_allowed="抱歉，这个机器人只对指定的人开放。你的 Telegram 编号是 {user}，可请运营者添加。",
    failed="抱歉，出了点问题，这次没能回答。请稍后再试。",
    unreachable="抱歉，现在连不上存放报道的服务器，没能回答。请过一会儿再试。",
    too_many="问得有点快，请过一会儿再问。",
    too_many_chat="这里问得有点快，请过一会儿再问。",
    too_fast="有点快，请稍等再试。",
    greeting=(
        "大家好！我从税务新闻里找答案。需要时请用 @{username} 加问题，或回复我的消息，"
        "或发 /ask 问题；其余时候我不出声。管理员可用 /settings 设置。"
    ),
    privacy=(
        "我保存什么\n"
        "· 收到的消息：答完就删；消息编号保存 2 天，以免重复回答。\n"
        "· 答案：只保存新闻段落和所在消息的编号，不含问题；保存 30 天，好让按钮能用。\n"
        "· 上一问和所答的报道：只在内存里，默认半小时，好让你接着问。\n"
        "· 👍、👎，以及你选的原因、写的意见：不存名字，只存加盐散列；与答案一起保存 30 天，"
        "机器人的运营者看得到意见，看不到是谁写的。\n"
        "{questions}"
        "· 问到的税务词语（如“退税”，不是你的原话）：按加盐散列统计本周有多少人问过，"
        "一周后盐和散列都删掉；不到 5 人的从不显示。\n"
        "· 每天的问题、评价和用时：只有总数，保存 90 天。\n"
        "· 关注和定时摘要：保存到你删除为止；发过哪些报道，保存 30 天，以免重复。\n"
        "· 设置：保存到你更改或删除为止。\n"
        "日志里没有问题，{seen}/forgetme 删除与你有关的一切。"
    ),
    privacy_kept=(
        "· 没有答案的问题：原话保存 90 天；被点 👎 的答案，它的问题与答案一起保存 30 天。"
        "都不含你的名字；机器人的运营者看得到，用来改进答案，采纳的会长期保存。\n"
    ),
    privacy_unseen="也没有人能看到别人的问题。",
    privacy_seen="除上面说的以外，也没有人能看到别人的问题。",
    forget_ask=(
        "要删除与你有关的一切吗？旧答案的按钮会失效，评价、意见、设置、你添加的关注和定时摘要都会删掉，不能恢复。"
    ),
    forget_button="🗑 全部删除",
    forgotten="已删除：{parts}。",
    forgotten_parts={
        "answers": "{:,} 条答案记录",
        "ratings": "{:,} 个评价",
        "remarks": "{:,} 条意见",
        "questions": "{:,} 个问题",
        "settings": "{:,} 份设置",
        "watches": "{:,} 条关注",
        "digests": "{:,} 个定时摘要",
        "asked": "{:,} 个本周问过的词",
    },
    forgotten_nothing="没有保存与你有关的内容。",
    forgotten_here="已删除与你有关的一切。",
    forget_nobody="匿名管理员和频道没有个人记录。想删自己的，请用自己的身份发 /forgetme。",
    forget_others="只有发出 /forgetme 的人能点。",
    settings="你的设置（点按更改）：",
    settings_group="本群的设置（管理员点按更改）：",
    settings_channel="本频道的设置（管理员点按更改）：",
    settings_admins="只有管理员能更改这里的设置和关注。想自己用，请私聊我。",
    language_button="语言：{value}",
    traditional_button="繁體字：{value}",
    follow_ups_button="接着上一问来理解：{value}",
    alternatives_button="备选答案：{value}",
    plain_button="纯文本（无按钮，便于读屏）：{value}",
    admins_button="谁可以提问：{value}",
    questions_button="自动回答以“？”结尾的消息：{value}",
    quiet_button="安静时段：{value}",
    quiet_off="无",
    on="开",
    off="关",
    automatic="自动",
    everyone="所有人",
    admins="管理员",
    inline_none="没有找到，点这里私聊问我",
    inline_start="输入问题，或点这里私聊问我",
    command_ask="问一个税务新闻的问题",
    command_help="怎么用，收录了什么",
    command_start="开始",
    command_latest="最新报道",
    command_search="搜索报道",
    command_categories="有哪些分类",
    command_read="看全文（请回复一条答案）",
    command_watch="关注：有新报道就告诉我",
    command_watches="查看、删除关注",
    command_digest="定时摘要",
    command_template="样式：发到这里的报道长什么样",
    command_trend="趋势图：每月有多少篇报道提到",
    command_hot="热门：本周大家问得最多的",
    command_stats="使用情况：回答了多少、多快（运营者）",
    command_review="复查被点 👎 的答案（运营者）",
    command_unanswered="没找到答案的问题（运营者）",
    command_settings="设置",
    command_privacy="保存什么，保存多久",
    command_forgetme="删除与我有关的一切",
)

EN = Texts(
    source_button="Source",
    sample="sample",
    types={type_: type_ for type_ in POST_TYPES},
    old_post="Published {years} year(s) ago; the policy may have changed since.",
    more="Other reports",
    not_found="I found no report that answers this question.",
    not_found_of_year="I found no report that answers this for {year}.",
    understood="Searched as “{question}”:",
    offer_yes="Yes",
    posts_of_time="These reports, the newest first",
    related="Perhaps related:",
    watch_question_button="🔔 Tell me when there is news",
    rephrase_button="✎ Ask in other words",
    rephrase_how=(
        "It helps to name a person, a company or a rule, a place and a year, to ask one thing at a"
        " time, and to use the words of the news.\nPlease reply to this message and ask again."
    ),
    rephrase_hint="As: 2024年……公司被罚了多少？",
    example="For example: {question}",
    no_title="(no title)",
    date="{0:%Y-%m-%d}",
    month="{}-{:02}",
    comma=", ",
    next_button="Next ▶",
    previous_button="◀ Previous",
    context_button="Context",
    read_button="Full text",
    back_button="↩ Back to the answer",
    page="Page {page} of {pages}",
    passage_number="{number} of {total}",
    rated="Noted, thank you!",
    expired="In force until {date}, as it says (expired). It may have been extended since.",
    all_button="☰ All",
    all_title="What was found: {total}",
    share_button="↗ Share",
    no_date="Without a date",
    too_old="This button is too old: its answer is no longer kept. Please ask again.",
    newer_posts="Newer posts: {count}, the latest of {date}; see the next one.",
    disliked="Noted. What is wrong with it?",
    wrong_passage="Wrong passage",
    out_of_date="Out of date",
    not_an_answer="No answer",
    other_reason="Other",
    remark_button="✍ Say more",
    remark_ask=(
        "Please reply to this message and say what is wrong, in at most {limit} characters."
        " Your name is not kept with it."
    ),
    remark_ask_of=(
        "{name}, please reply to this message and say what is wrong, in at most {limit}"
        " characters. Your name is not kept with it."
    ),
    remark_hint="What is wrong?",
    remark_waits="Please reply to my message above with your remark.",
    remark_long=(
        "That is too long ({length} characters): please reply again, within {limit} characters."
    ),
    remark_kept="Your remark is noted, thank you!",
    review_none="There is nothing to review.",
    review_title="🔎 To review: {number} of {total}, disliked by {count}",
    review_settled="🔎 Dealt with already; disliked by {count}",
    review_reasons=" ({reasons})",
    review_question="Q: {question}",
    review_no_question=(
        "The question was not kept. Reply to this message with it, to choose another passage."
    ),
    review_passage="A:",
    review_remarks="Remarks:",
    review_pin_button="📌 Another passage",
    review_synonym_button="🔤 Add a synonym",
    review_mute_button="🔇 Mute this paragraph",
    review_dismiss_button="✔ Leave it",
    review_right_button="✓ Right now",
    review_undo_button="↩ Undo",
    review_next="Next ▶",
    review_previous="◀ Previous",
    review_back="↩ Back",
    review_pin_title="📌 Which passage is the answer?",
    review_pin_how=(
        "None of them? Reply to this message with words to look for, or with a post's id to choose"
        " from that post."
    ),
    review_nothing="No passage found.",
    review_synonym_how=(
        "🔤 Which words mean the same? Reply to this message with two or more, spaces between, of"
        " at most 20 characters, as: 云税通 电子税务局"
    ),
    review_done_pin="📌 Accepted (no. {id}): this question is answered by this passage first.",
    review_done_synonym="🔤 Accepted (no. {id}): {names} mean the same from now on.",
    review_done_mute=(
        "🔇 Accepted (no. {id}): this paragraph is no answer any more, but still in the full text."
        "\n“{opening}”"
    ),
    review_now="The answer now:",
    review_now_none="The answer now: none is found.",
    review_judged="✓ Kept as a gold question: taxnews evaluate --feedback shows the effect.",
    review_undone="No. {id} is undone.",
    review_dismissed="This one stays as it is.",
    review_gone="This answer is no longer kept.",
    unanswered_title="Questions of the last 90 days without an answer (those alike together):",
    unanswered_line="{number}. {question} ({count}×, last on {day})",
    unanswered_how="To choose an answer for one, send: /review question",
    unanswered_none="Every question of the last 90 days has found an answer.",
    unanswered_off=(
        "Questions are not kept here. To keep them, set TAXNEWS_KEEP_QUESTIONS=true and start the"
        " bot again; /privacy will say so to everyone."
    ),
    latest="Latest posts",
    latest_none="There are no such posts.",
    search_none="No posts found. Try other words, or one fewer.",
    search_title="Search results",
    search_empty=(
        "Please write the words after it, as:"
        " /search 留抵退税 骗取 2023年 地区:广东 来源:中国税务报 分类:{category} 类型:案例\n"
        "Which categories there are: /categories"
    ),
    place_button="📍 {place}",
    place_title="Posts about {place}",
    place_unknown="I don't know this place: {place}. Name a province or city, as 地区:广东",
    source_unknown="No post is from this medium: {value}. ",
    category_unknown="There is no such category: {value}. ",
    type_unknown="There is no such type: {value}. ",
    filter_near="Did you mean {names}?",
    filter_list="There are: {names}",
    categories_title="Categories (tap for the latest posts):",
    categories_most="Of {total:,} categories these {shown} have the most posts:",
    categories_none="No post has a category.",
    read_empty="Reply to one of my answers with /read, and I show the whole post in pages.",
    read_unknown="This post is no longer in the corpus.",
    watch_empty=(
        "Please write what to watch for after it, as: /watch 留抵退税 骗取\n"
        "and perhaps 地区:广东, 分类:{category}, 来源:税务报, 类型:法规; these alone bring every"
        " new post of there."
    ),
    watch_long="That is too long: please keep it within {limit} characters.",
    watch_past="That time is over: no new post will be of it. Without it, new posts are watched.",
    watch_many="{limit} queries are saved here already: remove some with /watches first.",
    watch_saved="Watching: {query}\nNew posts that match will be sent here. /watches lists them.",
    watch_known="This is watched already: news will be sent here.",
    watch_preview="“{query}”: {count} posts of the last {days} days match",
    watch_preview_none="“{query}”: no post in the last {days} days.",
    watch_preview_fewer=" Fewer words bring more.",
    watch_preview_often="That is more than one a day. A place or a type makes it more precise.",
    watch_save="✅ Save",
    watch_widen="Widen: {query}",
    watch_narrow="Narrow: {query}",
    watches_title="What is watched here (tap to remove):",
    watches_none="Nothing is watched here yet. Add something, as: /watch 留抵退税 骗取",
    alerts_title="🔔 {count} new posts match what you watch",
    alerts_evening="🌙 The other {count} posts of the day",
    alerts_part="{title} ({first}–{last})",
    alerts_rest="That was message {limit} of today: the rest comes as one list at 20:00.",
    alert_unwanted="Not for me",
    alert_end="Stop watching",
    alert_noted="Noted. What comes of this story will not be told either.",
    alert_ended="No longer watched: {query}",
    alert_narrow="“{query}” brought {count} such posts that were not for you. This narrower query"
    " would replace it:",
    alert_narrow_here="Noted: {count} such posts were not wanted. To narrow it, send"
    " /watch {narrow}, then remove “{query}” with /watches.",
    alert_others="Also told in {count} more",
    alert_update="🔔 Since then: {query}",
    digest_title="📮 News of {day}",
    digest_how=(
        "Set a digest with:\n/digest 08:30 for every day\n/digest 周一 08:30 for every Monday\n"
        "and perhaps 分类:{category}, 关注 (only what is watched), a zone as Asia/Tokyo\n"
        "/digest now sends one at once\n/digest off ends it"
    ),
    digest_unclear="I can't read “{wanted}”: the digest stays as it was.",
    digest_now="The digest as it is set: {schedule}",
    digest_every_day="every day at {time} ({zone})",
    digest_every_week="every {day} at {time} ({zone})",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    digest_set="Done. The next digest: {when}",
    digest_off="No more digests.",
    digest_time="{day} {time} ({zone})",
    digest_nothing="Nothing of the kind came within a day: no such digest would be sent.",
    digest_nothing_week="Nothing of the kind came within a week: no such digest would be sent.",
    zone_china="China time",
    template_now="The template as it is set:\n{template}",
    template_how=(
        "You can choose how the posts and digests look that are sent here. Write the template after"
        " /template, on several lines if you like, as:\n"
        "/template {title}\n{sentence}\n{link} {tags}\n\n"
        "There are {title} {sentence} {link} {tags} {date} {source}\n/template off takes it back"
    ),
    template_fields="There are {title} {sentence} {link} {tags} {date} {source}",
    template_set="The template is set. By it the newest post looks like this:",
    template_off="Done: as it was before.",
    template_wrong="There is no {field}: the template is not set.",
    template_brace="A {field} stands alone: the template is not set.",
    template_none="The template says nothing of the post: it is not set.",
    template_long="The template is too long ({length} characters): at most {limit}, please.",
    trend_empty="Please write the words after it, with spaces between: /trend 留抵退税 骗税",
    trend_many="At most {limit} words at a time, please.",
    trend_long="At most {limit} characters a word, please.",
    trend_missing="Sorry, this bot's posts are on a cluster, which can't count mentions.",
    trend_none="From {first} to {last} no post mentions: {subjects}",
    trend_caption=(
        "Posts a month that mention it in title, heading or text:\n{subjects}\n{first} to {last}"
    ),
    trend_undated="Not counted, without a date: {count:,}.",
    trend_outside="Not counted, of other times: {count:,}.",
    trend_peaks="Above the picture: {peaks}.",
    trend_goes_on="This month is not over: dashed.",
    trend_unseen="Not mentioned: {subjects}",
    charts_missing="I can't draw here; the figures alone:",
    hot_title="Most asked about this week (from {monday}):",
    hot_before="Most asked about last week:",
    hot_line="{number}. {subject}  {askers} people",
    hot_none="Nothing yet that {least} people or more asked about in these two weeks.",
    hot_off="What people ask about is not counted here.",
    usage_title="How the bot does",
    usage_today="Today",
    usage_days="Last {days} days",
    usage_questions="{period}: questions: {questions:,}, answered: {answered}",
    usage_ratings="    👍 {liked:,}  👎 {disliked:,}, satisfied: {share}",
    usage_took="    searches: half within {half:,} ms, 95% within {most:,} ms",
    usage_corpus="Corpus: posts: {posts:,}, paragraphs: {paragraphs:,}, in {days} days: +{more:,}",
    usage_none="Nobody has asked yet.",
    chart_questions="Questions a day",
    chart_answered="answered",
    chart_unanswered="not found",
    chart_ratings="Ratings a day",
    chart_liked="satisfied",
    chart_disliked="not satisfied",
    chart_took="Search time (ms)",
    chart_half="half within",
    chart_most="95% within",
    chart_corpus="Corpus (posts)",
    chart_day="{0.month}-{0.day}",
    chart_trend="Posts that mention it, by month",
    chart_posts="posts",
    chart_total="{subject} {total:,}",
    chart_year="{}",
    chart_month="{}",
    chart_goes_on="dashed: this month is not over",
    chart_peaks="▲ above the picture, with its count",
    welcome=(
        "Hello! Send a question in Chinese: I quote the passage of the tax news that answers it,"
        " with date and source, or say that I found none."
    ),
    welcome_examples="For example:",
    corpus_posts="I know {posts} posts. ",
    description=(
        "I look for answers in Chinese tax news: send a question in Chinese, and I quote the"
        " passage that answers it, with its date, medium and a link to the source. If I find none,"
        " I say so; I never guess.\n\nIn groups, mention me with the question; channels can have"
        " a digest. Answers are quotations of news, not tax advice."
    ),
    short_description="Quotes the passage of Chinese tax news that answers your question.",
    welcome_group=(
        "Hello! I look for answers in Chinese tax news. Here, mention @{username} with a question,"
        " reply to one of my messages, or send /ask and the question (in Chinese)."
    ),
    welcome_channel=(
        "Hello! I look for answers in Chinese tax news. In a channel, post /ask and the question"
        " (in Chinese); /watch brings new posts that match, /digest the news at a time of day,"
        " /template sets how they look."
    ),
    help=(
        "How to ask\n"
        "· Here: just send the question, as: {example}\n"
        "· In groups: @{username} and the question, a reply to one of my messages, or /ask\n"
        "· In channels: a post with /ask and the question\n"
        "· A message may hold 5 questions and 1,000 characters at most. If I find nothing I say"
        " so; I never guess.\n"
        "· There are also /latest posts, /search, /watch for news, a daily /digest, /trend,"
        " /settings"
    ),
    corpus="The corpus: {posts} posts, {paragraphs} paragraphs.",
    corpus_empty="The corpus is still empty, so I can't answer anything yet.",
    newest="The newest post is of {date}.",
    stale="⚠️ The newest post is {days} days old: recent news may be missing.",
    not_advice=(
        "Answers are quotations of news, not tax advice; for your own case ask the tax authority."
    ),
    ask_empty="Please send the question with it, as: /ask 留抵退税怎么防骗取？",
    too_long="The question is too long ({length} characters); please keep it within {limit}.",
    not_text="I understand text only: please type or dictate your question.",
    unknown_command="I don't know this command. Just send a question, or see /help.",
    tap_button="Please tap the button “{button}” under the answer.",
    not_allowed=(
        "Sorry, this bot is open to chosen people only. Your Telegram id is {user}; its operator"
        " can add you."
    ),
    failed="Sorry, something went wrong and I couldn't answer. Please try again later.",
    unreachable=(
        "Sorry, the servers that hold the posts can't be reached now, so I couldn't answer."
        " Please try again in a while."
    ),
    too_many="That was a little fast: please ask again in a while.",
    too_many_chat="This chat asks a little fast: please ask again in a while.",
    too_fast="A little fast: please try again in a moment.",
    greeting=(
        "Hello! I look for answers in Chinese tax news. Mention @{username} with a question, reply"
        " to one of my messages, or use /ask; otherwise I keep quiet. Admins: /settings."
    ),
    privacy=(
        "What I keep\n"
        "· Messages: only until they are answered, then they are deleted; their numbers for two"
        " days, so that nothing is answered twice.\n"
        "· Answers: the news passages and the message they stand in, without the question, for"
        " thirty days, so that the buttons work.\n"
        "· Your last question and the report shown: in memory only, for half an hour by default, so"
        " that you can ask on.\n"
        "· 👍 👎, and the reasons and remarks you give: a salted hash, not your name, for thirty"
        " days with the answer; the operators read the remarks, not whose they are.\n"
        "{questions}"
        "· Tax terms that you asked about (as 退税, not your words): how many people did this week,"
        " by salted hashes; salt and hashes are deleted after the week, and what fewer than 5"
        " asked about is never shown.\n"
        "· Questions, ratings and search times: totals a day, for ninety days.\n"
        "· What you watch, and digests: until you remove them; which posts you were sent, for"
        " thirty days, so that none comes twice.\n"
        "· Settings: until you change or delete them.\n"
        "No question is in any log, {seen} /forgetme deletes all about you."
    ),
    privacy_kept=(
        "· Questions without an answer: their words, for ninety days; the question of an answer"
        " that got 👎: with it, for thirty. Neither has your name; the operators read them to make"
        " answers better, and keep those that they adopt.\n"
    ),
    privacy_unseen="and nobody sees another's.",
    privacy_seen="and beyond that nobody sees another's.",
    forget_ask=(
        "Delete all about you? Your answers' buttons, ratings, remarks, settings, and the watches"
        " and digests that you set go, and can't be brought back."
    ),
    forget_button="🗑 Delete all",
    forgotten="Deleted: {parts}.",
    forgotten_parts={
        "answers": "answers: {:,}",
        "ratings": "ratings: {:,}",
        "remarks": "remarks: {:,}",
        "questions": "questions: {:,}",
        "settings": "settings: {:,}",
        "watches": "watches: {:,}",
        "digests": "digests: {:,}",
        "asked": "subjects of this week: {:,}",
    },
    forgotten_nothing="Nothing was kept about you.",
    forgotten_here="All about you is deleted.",
    forget_nobody=(
        "Nothing is kept about anonymous admins and channels. For what is kept about you, send"
        " /forgetme as yourself."
    ),
    forget_others="Only who sent /forgetme can tap this.",
    settings="Your settings (tap to change):",
    settings_group="This chat's settings (for its admins; tap to change):",
    settings_channel="This channel's settings (for its admins; tap to change):",
    settings_admins=(
        "Only admins can change what is set and watched here. For yourself, write to me in private."
    ),
    language_button="Language: {value}",
    traditional_button="繁體字 (Traditional characters): {value}",
    follow_ups_button="Questions go on from the last: {value}",
    alternatives_button="Other answers: {value}",
    plain_button="Plain text (no buttons, for screen readers): {value}",
    admins_button="Who may ask: {value}",
    questions_button="Answer whatever ends in ？: {value}",
    quiet_button="Quiet hours: {value}",
    quiet_off="none",
    on="on",
    off="off",
    automatic="automatic",
    everyone="everyone",
    admins="admins",
    inline_none="Nothing found: ask me in private",
    inline_start="Type a question, or ask me in private",
    command_ask="Ask about tax news",
    command_help="How to use me, what I know",
    command_start="Start",
    command_latest="Latest posts",
    command_search="Search posts",
    command_categories="Which categories there are",
    command_read="Read the whole post (in reply to an answer)",
    command_watch="Watch: tell me of new posts",
    command_watches="List and remove what is watched",
    command_digest="A digest at a time of day",
    command_template="How the posts sent here look",
    command_trend="A picture: posts a month that mention it",
    command_hot="What is asked about most this week",
    command_stats="How much and how fast the bot answers (operators)",
    command_review="Correct the answers that people disliked (operators)",
    command_unanswered="Questions that found no answer (operators)",
    command_settings="Settings",
    command_privacy="What is kept, and how long",
    command_forgetme="Delete all about me",
)

TEXTS: dict[Language, Texts] = {"zh": ZH, "zh-hant": ZH, "en": EN}

SMALL_TALK = {
    "plea": (
        "No hurry: write what you look for in one sentence, with the name of the tax, the policy or"
        " the case, as: 骗取留抵退税会受什么处罚？"
    ),
    "nothing": "Please write what you want to know, as: 骗取留抵退税会受什么处罚？",
    "greeting": "Hello! Just ask me about Chinese tax news, as: 骗取留抵退税会受什么处罚？",
    "farewell": "Goodbye! Come back whenever you look for tax news.",
    "thanks": "You are welcome! Ask on whenever you like.",
    "who": (
        "I look for answers in Chinese tax news: you ask, I quote the passage that answers, with"
        " its source; if I find none, I say so."
    ),
    "unclear": (
        "I only quote the news and can't rewrite or explain it. Please ask in other words, or more"
        " exactly, as: 骗取留抵退税会受什么处罚？"
    ),
    "doubt": (
        "I only quote the news: the button “Source” leads to where it stands. For your own affairs"
        " ask the tax authority."
    ),
    "complaint": (
        "Sorry, that was no good answer. Please ask in other words; a name, place or year helps."
    ),
    "human": (
        "I am a program, and nobody else answers here. For your own tax affairs call 12366, the"
        " tax service line of China."
    ),
    "nod": "All right! Ask on whenever you like.",
    "laugh": "Ha! If you look for tax news, just ask.",
    "emoji": "Got it! If you look for tax news, please ask in words.",
    "sum": "I am no good at sums: I only look for answers in tax news.",
    "chore": "I can't help with that: I only look for answers in tax news.",
    "language": "Please ask in Chinese: the tax news I read is in Chinese.",
    "no subject": "Please say what you are asking about: a name, a tax or a case.",
    "over all": (
        "I answer from one story at a time, and can't compare, rank or filter all of the news."
        " Please ask about one company, person or policy."
    ),
    "unknown link": (
        "The page of this link is not among the news I know. Please write what you want to know."
    ),
    "gibberish": "I didn't understand that: please ask in one sentence, in Chinese.",
}
"""`retrieval.question.small_talk.REPLIES` in English."""


def privacy(texts: Texts, *, keeps_questions: bool) -> str:
    """What is kept about people."""
    return texts.privacy.format(
        questions=texts.privacy_kept if keeps_questions else "",
        seen=texts.privacy_seen if keeps_questions else texts.privacy_unseen,
    )


def small_talk(line: str, texts: Texts) -> str:
    """A line of `retrieval.question.small_talk` in the language of `texts`."""
    if texts is not EN:
        return line
    return next((SMALL_TALK[kind] for kind, reply in REPLIES.items() if reply == line), line)


def language_of(code: str | None) -> Language:
    """The language to speak to a user whose client has the IETF tag `code`; unknown: Chinese."""
    first, *others = (code or "zh").lower().replace("_", "-").split("-")
    if first != "zh":
        return "en"
    return "zh-hant" if "hans" not in others and _TRADITIONAL & {*others} else "zh"


_TRADITIONAL = frozenset(("hant", "tw", "hk", "mo"))
