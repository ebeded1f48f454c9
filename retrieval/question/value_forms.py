"""How amounts, shares, numbers, measures, bodies and offices are written: parts of patterns."""

# Measure words, those beside each other that count the same: 多少人 is answered by 35名.
MEASURES = (
    "人|名|位", "家|户|个", "起|件|宗|桩|例", "份|张", "条|项|款", "台|部|辆|套", "种|类",
    "次|回|批", "笔|单", "所|座|处|间", "吨|公斤|斤|千克", "分", "本", "册", "封", "只", "头",
    "页", "岁|周岁", "亩|公顷", "平方米|平米", "米", "公里", "升", "度", "席", "集", "枚|颗|粒",
    "架|艘", "届", "句", "棵|株",
)  # fmt: skip
# What begins as one and is another word: 多少所得税, 多少分红.
NO_MEASURE = (
    r"(?!所[得有]|处[罚理分]|回[报扣]|本[金钱币]|份额|分[红成摊配期]|条件|单[据价]|位置|间接|笔录)"
)
MEASURE = NO_MEASURE + rf"(?:{'|'.join(MEASURES)})"

MONEY = r"\d(?:\.\d+)?余?多?[万亿]{0,2}余?多?元"
SHARE = r"\d%|\d倍|\d[成折]|\d个百分点|[一二三四五六七八九两][成倍]|‰|分之[一二三四五六七八九十\d]"
SHARE_BEGINS = r"\d一二三四五六七八九两‰分"
NUMBER = r"[\d二两三四五六七八九十百千]余?多?[万亿]?余?多?"
# How much, in a question with one of these, is a sum of money.
OF_MONEY = (
    "[钱税款罚费元额收卖买赚挣骗偷逃漏补缴交退抵扣奖贷价薪酬资息利掏付赔投融欠刷金账佣赃财捞]"
)
HOW_MANY = r"(?<![哪这那前后好近的十百\d])几"  # 这几家 and 20几家 ask for no number
# 几百万 is 几100万 in one form.
HOW_MUCH = (
    "(?:多少|几多|几何|几个?[万亿千百]|几10+[万亿]|how much"
    "|(?:合计|[一总]共|[共总]计)(?!.*[哪谁什啥怎咋]))"
)
# A body by its name: 该公司 and 这家店 stand for one that is named elsewhere.
BODY = (
    r"有限(?:责任)?公司|集团公司|股份公司"
    r"|(?<![该本此这家某户个])"
    r"(?:厂|店|中心|工作室|合作社|加油站|医院|学校|协会|银行|税务局|事务所|集团)"
)
BODY_BEGINS = "有集股厂店中工合加医学协银税事"
OFFICE = (
    r"(?:法人|代表人?|老板娘?|老总|负责人|控制人|业主|店主|经营者|股东|会计|主播|网红|博主|主犯"
    r"|[局部署厅处科行院会校省市县]长|主任|书记|总监)"
)
