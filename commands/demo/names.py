"""Invented names, phones and identity numbers; every number is outside what a real person could hold."""

import random

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜"
    "戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀英华慧建国志刚晓燕鹏飞婷雪梅玉兰桂花宇轩子涵梓萱浩然欣怡诗琪俊熙雨桐"
    "思远若兰一诺嘉宁文博书瑶景行知夏安然乐天清和明月星河"
)
RARE = ("㛃", "䶮", "喆", "堃", "犇", "翀", "玥", "旻", "祎", "頔", "淼", "垚", "燚")
COMPANIES = ("和信会计师事务所", "鼎锐贸易（深圳）有限公司", "云上科技有限公司", "安澜建筑设计院", "九州国际旅行社")
EMPLOYERS = ("某科技公司", "市第二中学", "区人民医院", "退休", "自由职业", "某银行分行", "市设计院")


class Namer:
    """Draws names that do not repeat, from a seed, so that every demo company looks alike."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._used: set[str] = set()
        self._phone = 0

    def name(self) -> str:
        """A name of two or three characters, once in a while a rare one."""
        while True:
            given = "".join(self.random.sample(GIVEN, self.random.choice((1, 2, 2, 2))))
            if self.random.random() < 0.03:
                given = given[:-1] + self.random.choice(RARE)
            name = self.random.choice(SURNAMES) + given
            if name not in self._used:
                self._used.add(name)
                return name

    def phone(self) -> str:
        """Eleven digits in a range that no operator gives out (1400…, spread by a step that repeats late)."""
        self._phone = (self._phone + 7_654_321) % 100_000_000
        return f"140{self._phone:08d}"

    def id_no(self, born: int, male: bool) -> str:
        """Eighteen digits with a right check digit in a district that does not exist (999999)."""
        month, day = self.random.randint(1, 12), self.random.randint(1, 28)
        serial = self.random.randint(10, 99) * 10 + self.random.choice((1, 3, 5, 7, 9) if male else (0, 2, 4, 6, 8))
        body = f"999999{born}{month:02d}{day:02d}{serial:03d}"
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
