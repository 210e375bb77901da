"""What breaks in the demo company's homes and yards, how residents put it, what the technician did about it."""

from dataclasses import dataclass

from commands.demo.words import Deck, ways

Material = tuple[str, str, str, str]  # name, measure, quantity, price
ALL_YEAR = frozenset(range(1, 13))
SPRING, SUMMER, AUTUMN, WINTER = (frozenset(m) for m in ((3, 4, 5), (6, 7, 8), (9, 10, 11), (12, 1, 2)))


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that breaks. `urgent` is what people ring about at any hour."""

    trade: str
    places: tuple[str, ...]
    signs: tuple[str, ...]
    tails: tuple[str, ...]
    done: tuple[str, ...]
    materials: tuple[Material, ...] = ()
    kind: str = "repair"
    labour: tuple[str, ...] = ()
    urgent: bool = False
    safety: bool = False
    leak: bool = False
    months: frozenset[int] = ALL_YEAR


@dataclass(frozen=True, slots=True)
class Case:
    """One fault on one day: what was said, what will be done."""

    fault: Fault
    said: str
    done: str
    materials: tuple[Material, ...]
    labour: str


def _fault(
    trade: str,
    places: str,
    signs: str,
    tails: str,
    done: str,
    *materials: Material,
    kind: str = "repair",
    labour: str = "",
    months: frozenset[int] = ALL_YEAR,
    flags: str = "",
) -> Fault:
    marks = {name: True for name in flags.split()}
    fees = ways(labour) if labour else ()
    return Fault(
        trade, ways(places), ways(signs), ways(tails), ways(done), materials, kind, fees, months=months, **marks
    )


def case_of(fault: Fault, deck: Deck) -> Case:
    """The fault told by somebody."""
    place = deck.draw(fault.places)
    sign = deck.draw(fault.signs)
    said = f"{place}{sign}，{deck.draw(fault.tails)}。"
    paired = len(fault.done) == len(fault.signs)  # then each sign has its own remedy
    done = fault.done[fault.signs.index(sign)] if paired else deck.draw(fault.done)
    done = (done + deck.draw(CHECKED)).replace("{place}", place)
    labour = deck.draw(fault.labour) if fault.labour else ""
    return Case(fault, said, done, fault.materials, labour)


#: What every technician adds.
CHECKED = ways(
    "。|，试用正常。|，现场已清理。|，业户在场确认。|，交代了使用注意事项。|，观察十分钟无异常。|，反复试用三次正常。"
    "|，垃圾已带走。|，已请业户试用。|，旧件已交业户。"
)
#: Repairs at home.
FAULTS: tuple[Fault, ...] = (
    _fault(
        "plumbing",
        "厨房水槽下方|主卫洗手盆下|客卫洗手盆下|阳台拖把池下|洗衣机龙头处",
        "软管接头漏水|角阀滴水|管子一直渗水|接口处往外冒水",
        "地柜湿了一片，已关角阀|用盆接着|水流到地板上了|已经关了总阀，请尽快来|擦干过一会又湿",
        "更换{place}编织软管和角阀，试水不漏|{place}接头重新缠生料带并更换垫圈，试水不漏|更换{place}角阀一只，试压正常",
        ("不锈钢编织软管 DN15×60cm", "根", "2", "18"),
        ('角阀 1/2" 全铜', "只", "1", "35"),
        labour="30|40",
        flags="leak",
    ),
    _fault(
        "plumbing",
        "主卫|客卫|公卫|保姆间卫生间",
        "马桶堵了|马桶下水很慢|马桶一冲水就往上泛|马桶按了不下水",
        "自己用皮搋子通过没用|家里只有这一个卫生间|怀疑掉了东西进去|味道很大",
        "疏通机疏通{place}排污管，试冲正常|从{place}马桶内取出异物，试冲正常|拆下{place}马桶清理存水弯后复装，更换法兰圈",
        labour="40|60|80",
    ),
    _fault(
        "plumbing",
        "厨房|阳台|客卫地漏|主卫淋浴间|洗衣机地漏",
        "下水慢|排水堵了|水排不下去|往上返水",
        "水积到脚面了|一洗衣服就漫出来|有异味|可能是油垢堵住了",
        "疏通{place}下水管三米，排水顺畅|清理{place}存水弯油垢，放水试验正常|清理{place}毛发和杂物并冲洗管道",
        labour="30|40|50",
    ),
    _fault(
        "plumbing",
        "主卫|客卫|淋浴房|次卫",
        "花洒龙头关不严|混水阀整夜滴水|水龙头拧到底还在流|淋浴龙头把手松动",
        "水表一直走|吵得睡不着|阀芯可能坏了|想请师傅看看要不要换",
        "更换{place}混水阀芯，不再滴水|{place}龙头拆洗并更换密封圈|更换{place}龙头一只，冷热水正常",
        ("混水阀芯 35mm", "个", "1", "28"),
        labour="30",
    ),
    _fault(
        "plumbing",
        "客卫顶棚|主卫吊顶|厨房吊顶|玄关天花|阳台顶板",
        "渗水|有水滴下来|一片水印越来越大|发霉起泡",
        "怀疑是楼上漏下来的|楼上用水时就滴|吊顶板已经变形|请和楼上联系一下",
        "楼上地漏密封圈老化，更换后闭水试验，{place}不再渗漏|楼上给水支管接头渗漏，更换接头，{place}观察无水滴|"
        "楼上淋浴房防水收口开裂，重新打胶，{place}闭水试验无渗漏",
        ("地漏密封圈", "个", "1", "12"),
        flags="leak",
    ),
    _fault(
        "plumbing",
        "厨房|卫生间|全屋",
        "水压很小|热水出水很细|没有水|水发黄",
        "邻居家正常|高峰时更明显|燃气热水器打不着|从早上开始的",
        "清洗{place}入户过滤网，水压恢复|更换减压阀，{place}水压正常|排放管道存水后水质清澈，清洗{place}水嘴滤网",
        ("前置过滤网芯", "个", "1", "26"),
    ),
    _fault(
        "plumbing",
        "主卫马桶|客卫马桶|次卫马桶",
        "水箱一直流水|水箱上水不停|按键按不下去|底座往外渗水",
        "水费明显多了|晚上声音很响|已关了角阀|地面老是湿的",
        "更换{place}排水皮碗并调节浮球|更换{place}水箱进水阀|更换{place}按键和拉线|{place}底座重新打玻璃胶，试冲不渗",
        ("马桶进水阀", "套", "1", "32"),
    ),
    _fault(
        "plumbing",
        "水表后的总阀|管道井内入户阀|厨房墙内水管|客卫暗管",
        "爆了在喷水|大量漏水|突然裂开往外冒水",
        "水已经漫到客厅，请马上来关水|水往楼下流|关不住总阀|家里全是水",
        "关闭立管阀门，更换{place}，恢复供水，协助清理积水|抢修{place}，更换损坏管段并试压|{place}用卡箍临时止水后更换，试压合格",
        ("PPR 管 DN20", "米", "2", "9"),
        ('球阀 3/4"', "只", "1", "48"),
        flags="urgent leak",
    ),
    _fault(
        "power",
        "厨房|客厅|主卧|次卧|书房",
        "插座没电|有两个插座不通电|插座松动，插头插不稳|插座发热",
        "空开没有跳|其他房间正常|电饭煲用不了|担心不安全",
        "更换{place}五孔插座，线头重新压接|{place}插座零线虚接，重新接线|更换{place}插座面板并紧固底盒",
        ("五孔插座 10A", "个", "1", "22"),
    ),
    _fault(
        "power",
        "厨房插座|配电箱|客厅开关|空调插座",
        "打火冒烟|有焦糊味|发出噼啪声|烧黑了",
        "已经拉闸，请马上来|家里有老人害怕|不敢再用电|已断开这一路",
        "更换{place}及烧损导线，绝缘测试合格，送电正常|{place}接线松动过热，更换并重新压接，送电正常|"
        "更换{place}一只，检查该回路其余接点，送电正常",
        ("五孔插座 16A", "个", "1", "28"),
        flags="urgent safety",
    ),
    _fault(
        "power",
        "客厅吸顶灯|主卧灯|餐厅吊灯|卫生间灯|厨房灯|阳台灯",
        "不亮|一闪一闪|亮一会就灭|有嗡嗡声",
        "换过灯泡还是不行|开关也试过|天花高够不着|业户自备灯具",
        "{place}驱动电源损坏，更换后正常|{place}线头氧化，重新接线|更换{place}光源，试灯正常",
        ("LED 驱动电源", "个", "1", "45"),
    ),
    _fault(
        "power",
        "家里|厨房一路|空调一路|卫生间一路",
        "跳闸合不上|一开电器就跳闸|突然没电|漏电保护跳了",
        "冰箱里有东西怕坏|左右邻居有电|查过电费没有欠|拔掉所有电器也合不上",
        "逐路排查，{place}电器受潮漏电，断开后送电正常，已告知业户送修|更换漏电断路器，{place}送电正常|"
        "{place}线路绝缘正常，热水器漏电引起，已断开并告知",
        ("漏电断路器 2P 32A", "只", "1", "86"),
        flags="safety",
    ),
    _fault(
        "weak",
        "室内分机|可视对讲|门口机",
        "没有声音|看不到图像|按了开锁没反应|一直响不停",
        "外卖上不来|访客按门铃听不见|只有我家这样|重启过没用",
        "更换{place}听筒线，通话清晰|{place}视频线松脱，重新插接，图像正常|{place}复位并重新编码，开锁正常|{place}按键卡住，拆洗后正常",
    ),
    _fault(
        "weak",
        "弱电箱|客厅网口|书房网口|电视接口",
        "没有信号|网络时断时续|指示灯不亮|接口松了",
        "运营商说是入户线问题|换过路由器|孩子要上网课|居家办公急用",
        "{place}水晶头重做，测线通断正常|{place}光纤跳线弯折，更换后信号正常|{place}模块重新打线，网速正常",
        ("超五类模块", "个", "1", "15"),
    ),
    _fault(
        "weak",
        "门禁卡|人脸识别|车辆道闸识别",
        "刷不开单元门|不识别|时好时坏|提示未授权",
        "新办的卡|昨天还能用|一家人的都不行|已经让保安代开两次",
        "重新授权后{place}正常|{place}系统数据重新下发，试刷正常|补录信息后{place}正常",
    ),
    _fault(
        "doors",
        "入户门|卧室门|卫生间门|阳台推拉门",
        "关不上|要用力推才关|把手松了|锁舌不弹|响得厉害",
        "下沉了一点|钥匙也难转|怕被锁在里面|越来越严重",
        "{place}门扇校正，关闭到位|调整{place}合页并打磨门框，开关顺畅|紧固{place}把手并调整锁舌|更换{place}锁体，试开十次正常|{place}合页润滑，更换缓冲垫",
        ("执手锁体", "套", "1", "68"),
    ),
    _fault(
        "doors",
        "客厅窗|主卧窗|厨房窗|次卧窗|阳台窗",
        "关不严|把手断了|风撑坏了|密封条脱落|推不动",
        "下雨飘水进来|晚上风声很大|高层怕掉下去|有缝隙",
        "{place}窗扇校正，关闭严密|更换{place}把手，锁闭严密|更换{place}风撑两支，开闭灵活|{place}密封条重新压装|调整{place}滑轮和锁点",
        ("铝窗风撑 12 寸", "支", "2", "24"),
        flags="safety",
    ),
    _fault(
        "doors",
        "家门|入户门|卧室门",
        "反锁打不开，老人在屋里|被风带上，钥匙在屋里|锁坏了，孩子一个人在里面|钥匙断在锁芯里",
        "请马上来帮忙|灶上还开着火|联系不上家人|已等了二十分钟",
        "核对身份后陪同开锁师傅打开{place}，老人平安|核对业户身份，从阳台协助打开{place}，灶火已关|核对家长身份后打开{place}，孩子平安|取出断钥匙，{place}打开，建议更换锁芯",
        kind="help",
        flags="urgent",
    ),
    _fault(
        "aircon",
        "客厅空调|主卧空调|书房空调|次卧空调",
        "外机滴水到楼下雨棚|漏水到墙上|不制冷|外机支架锈了|噪音很大",
        "楼下来说过两次|夜里响得睡不着|清洗过滤网没用|请看看是不是排水管的问题",
        "加长{place}排水管并固定到立管|{place}排水管坡度重新调整，试机不漏|清洗{place}滤网和冷凝器，出风正常|{place}支架除锈刷漆并加固|{place}外机加装减震垫，运行平稳",
        ("PVC 排水管 DN25", "米", "3", "8"),
    ),
    _fault(
        "masonry",
        "阳台地砖|厨房墙砖|客厅地砖|卫生间墙砖|玄关地砖",
        "空鼓翘起|裂了一块|松动|脱落两块",
        "怕绊倒老人|踩上去有响声|边角割脚|还在保修期吗",
        "撬起空鼓部位重新铺贴{place}，勾缝|更换{place}两块，保养后使用|{place}注胶固定并补缝",
        ("瓷砖胶 5kg", "包", "1", "38"),
    ),
    _fault(
        "masonry",
        "客厅外墙窗边|次卧飘窗下|主卧外墙|书房墙角|北面墙",
        "返潮发霉|墙皮鼓起脱落|下雨就渗水|有水迹",
        "家具都挪开了|重新刷过还是这样|上次大雨最明显|请看看外墙",
        "{place}外侧窗框打胶密封，淋水试验不渗|凿除{place}空鼓层，做防水后恢复|{place}外墙缝注浆，淋水三十分钟不渗",
        ("防水涂料 5kg", "桶", "1", "96"),
        flags="leak",
    ),
    _fault(
        "fire",
        "厨房燃气报警器|客厅烟感|走道烟感|厨房烟感",
        "一直响|半夜误报|亮红灯|掉下来了",
        "没有闻到煤气味，已开窗|不知道怎么关|怕真有问题|已关了阀门",
        "检测无泄漏，{place}探头老化误报，复位正常，建议业户更换|{place}清洁除尘并复位，试验正常|{place}重新固定，报警测试正常",
        flags="urgent safety",
    ),
    _fault(
        "other",
        "客厅|主卧|阳台|书房",
        "要装窗帘杆，不会打孔|电视想上墙|想装两个置物架|灯具要换，买好了",
        "想请师傅代装，可以付费|配件齐全|墙是混凝土的|周末在家",
        "按业户要求完成{place}安装，打孔四个，受力正常|{place}安装完毕，试用牢固|{place}打孔安装，业户验收",
        kind="service",
        labour="50|60|80|100",
    ),
    _fault(
        "other",
        "家里|厨房|储物间|阳台",
        "跑进一只老鼠|有蟑螂|来了一窝马蜂|飞进来一只鸟出不去",
        "小孩害怕|不知道找谁|请帮忙处理|能不能投药",
        "{place}布放粘鼠板并封堵管道孔洞|{place}投放胶饵，一周后复查|联系专业人员摘除蜂窝，{place}已消杀|协助将鸟引出，{place}检查无其他",
        kind="help",
    ),
    _fault(
        "plumbing",
        "阳台地漏|露台排水口|空调平台|天井雨水口",
        "被落叶堵住|积水排不走|一下雨就积水|往室内倒灌",
        "秋天叶子多|泡坏了地板边|自己够不着|隔壁也这样",
        "清理{place}落叶和淤泥，放水试验通畅|{place}加装防堵网，排水正常|疏通{place}立管，清出树叶一袋",
        months=AUTUMN | WINTER,
    ),
    _fault(
        "plumbing",
        "燃气热水器|卫生间电热水器|太阳能热水器",
        "打不着火|出水不热|显示故障码|漏水",
        "降温了老人没法洗澡|换季第一次用|上个月还好的|厂家说先看水压",
        "{place}更换电池并调节水压，点火正常|{place}进水滤网堵塞，清洗后正常|{place}断电复位后正常，建议厂家年检|{place}安全阀更换，不再滴水",
        ("热水器安全阀", "只", "1", "35"),
        months=AUTUMN | WINTER,
    ),
    _fault(
        "doors",
        "主卧窗|阳台门|客厅推拉门|楼梯间窗",
        "漏风|关不严有风声|密封条老化|毛条掉了",
        "天凉了夜里冷|北风直接灌进来|贴过胶条没用|老人怕冷",
        "更换{place}密封毛条，关闭严密|{place}调整锁点并更换胶条|{place}窗扇校正，漏风消除",
        ("密封毛条", "米", "6", "4"),
        months=AUTUMN | WINTER,
    ),
    _fault(
        "masonry",
        "北面墙|衣帽间墙|卫生间顶|书柜后墙",
        "回南天返潮长霉|出水珠|霉斑一大片",
        "除湿机开着也没用|衣服都有味了|墙纸翘边|家里有哮喘病人",
        "{place}铲除霉层，刷防霉剂两遍|{place}检查无渗漏，做防霉处理并建议通风|{place}清理霉斑，批荡修补",
        ("防霉涂料 1L", "桶", "1", "58"),
        months=SPRING,
    ),
    _fault(
        "aircon",
        "主卧空调|客厅空调|儿童房空调",
        "制冷很差|开机就跳闸|内机滴水|外机不转",
        "天气太热受不了|孩子长痱子了|清洗过|请今天来看",
        "清洗{place}冷凝器，补充冷媒，出风正常|{place}启动电容更换，运行正常|{place}排水管疏通，不再滴水",
        ("空调电容 35μF", "只", "1", "42"),
        months=SUMMER,
        kind="service",
        labour="80|100|120",
    ),
    _fault(
        "doors",
        "阳台窗|飘窗|客厅落地窗",
        "台风天漏水|锁点松了|玻璃有裂纹",
        "预报有大风，怕出事|上次暴雨就进水|贴了米字胶带|高层很危险",
        "{place}排水孔疏通并打胶，淋水不渗|{place}锁点紧固，锁闭严密|{place}玻璃更换，密封良好",
        ("中性硅酮胶", "支", "2", "18"),
        months=SUMMER,
        flags="safety",
    ),
)

#: New flats whose defects are put right and accepted (房屋整改).
DEFECTS: tuple[Fault, ...] = (
    _fault(
        "masonry",
        "客厅墙面|主卧地面|厨房墙砖|阳台顶板",
        "有空鼓|不平|有裂缝|有色差",
        "验房时提出|整改单第二次提出|业户要求复验|保修期内",
        "{place}铲除重做，养护完成|{place}修补打磨并重新批灰|{place}更换并勾缝",
    ),
    _fault(
        "doors",
        "入户门|主卧窗|卫生间门|阳台门",
        "划伤|缝隙不均|密封不严|五金松动",
        "验房时提出|要求更换|影响使用|保修期内",
        "{place}五金更换并调校|{place}划痕修补，颜色一致|{place}重新校正，缝隙均匀",
    ),
)

#: The yards, halls and machines: (places, fault).
PUBLIC: tuple[Fault, ...] = (
    _fault(
        "weak",
        "{b} 栋大堂|{b} 栋负一层|{b} 栋侧门|南门人行通道",
        "门禁刷卡没有反应|门禁关不上|可视门口机黑屏|门禁按钮失灵",
        "业户进出不便|已安排人值守|早高峰排队|晚上敞开着",
        "{place}读卡头更换，试刷正常|{place}闭门器更换，关闭到位|{place}门口机电源更换，图像清晰|{place}出门按钮更换，开锁正常",
        ("门禁读卡头", "个", "1", "160"),
    ),
    _fault(
        "power",
        "地下一层 A 区|地下一层 B 区|{b} 栋负二层|车库坡道",
        "照明一排不亮|灯管闪烁|应急灯不亮|配电箱门没锁",
        "巡逻时发现|业户反映太暗|有车剐蹭|怕有人摔倒",
        "{place}更换灯管六支，恢复照明|{place}更换灯管两支并紧固灯脚|{place}更换应急灯两盏，放电试验正常|{place}配电箱换锁，钥匙交监控中心",
        ("LED 灯管 T8 16W", "支", "6", "14"),
    ),
    _fault(
        "power",
        "{b} 栋 {f} 层电梯厅|{b} 栋 {f} 层走道|{b} 栋首层大堂|{b} 栋楼梯间",
        "灯不亮|声控灯常亮|灯具松动|开关面板掉了",
        "夜巡发现|业户扫码反映|老人看不清|怕砸到人",
        "{place}更换灯具一套|{place}声控开关更换，试验正常|{place}灯具加固",
        ("声光控开关", "个", "1", "18"),
    ),
    _fault(
        "aircon",
        "南门岗亭|监控中心|客服大厅|会所前厅",
        "空调不制冷|空调滴水|空调遥控失灵|风机异响",
        "当班人员反映|设备怕热|客户等候不舒服|已停用",
        "{place}空调清洗滤网并补充冷媒|{place}空调疏通冷凝水管|{place}空调更换遥控器|{place}空调风机轴承加油，运行正常",
    ),
    _fault(
        "masonry",
        "北侧步道|中心花园|{b} 栋东侧|南门广场|儿童乐园",
        "地砖松动|井盖翘起|路沿石缺损|台阶缺角",
        "有人绊了一下|已围挡|下雨溅水|巡查发现",
        "{place}重铺松动砖，压实勾缝|{place}井盖调平加胶垫|{place}更换路沿石两块并勾缝|{place}台阶修补并养护，撤除围挡",
        ("透水砖", "块", "12", "3.5"),
        flags="safety",
    ),
    _fault(
        "plumbing",
        "{b} 栋首层雨水管|{b} 栋管道井|地下集水井|中心水景|绿化取水点",
        "漏水|堵塞外溢|水泵不启动|阀门关不住",
        "地面湿滑，已放警示牌|水位偏高|影响通行|巡查发现",
        "{place}更换管箍，不再渗漏|{place}疏通并清掏|{place}浮球更换，水泵启停正常|{place}阀门更换",
        ("PVC 管箍 DN110", "个", "2", "9"),
    ),
    _fault(
        "fire",
        "{b} 栋 {f} 层|地下一层 B 区|{b} 栋首层|会所二层",
        "消火栓箱门变形|烟感报故障|疏散指示灯不亮|防火门闭门器坏了",
        "消控室报|月检发现|防火门关不严|已登记隐患",
        "{place}消火栓箱门校正，开启灵活|{place}探测器清洗复位，联动测试正常|{place}疏散指示灯更换|{place}防火门闭门器更换，关闭严密",
        ("疏散指示灯", "个", "1", "46"),
        flags="safety",
    ),
    _fault(
        "other",
        "儿童乐园|健身区|{b} 栋信报箱|垃圾分类亭|非机动车棚",
        "设施螺丝松动|秋千链条磨损|箱门掉了|顶棚漏雨",
        "家长反映|已停用围挡|巡查发现|影响使用",
        "{place}紧固螺丝并更换垫片，试用正常|{place}更换秋千链条，承重试验合格|{place}更换合页三副，箱门装回|{place}顶棚打胶密封，淋水不漏",
        flags="safety",
    ),
    _fault(
        "plumbing",
        "{b} 栋天面|{b} 栋连廊|车库入口截水沟|北侧雨水井",
        "落叶堵住排水口|积水|雨水箅子被淤泥盖住",
        "预报有雨|水往车库流|保洁够不着|巡查发现",
        "{place}清出落叶两袋，排水通畅|{place}清淤并加装拦污网|{place}疏通，放水试验正常",
        months=AUTUMN | WINTER,
    ),
)
