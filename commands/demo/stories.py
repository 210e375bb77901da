"""What residents of the demo company bring to the desk: invented, plausible, a few of everything."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Story:
    """One matter: what was said, what was done, with which material (name, measure, quantity, price)."""

    kind: str
    trade: str
    said: str
    done: str
    material: tuple[tuple[str, str, str, str], ...] = ()
    safety: bool = False
    leak: bool = False
    labour: str = ""


REPAIRS: tuple[Story, ...] = (
    Story(
        "repair",
        "plumbing",
        "厨房水槽下方软管接头漏水，地柜已湿一片，业户已关角阀。",
        "更换冷热水软管两根、角阀一只，试水十分钟不漏。",
        (("不锈钢编织软管 DN15×60cm", "根", "2", "18"), ('角阀 1/2" 全铜', "只", "1", "35")),
        leak=True,
        labour="30",
    ),
    Story("repair", "plumbing", "主卧马桶堵塞，水下不去。", "疏通器疏通，试冲三次正常。", labour="40"),
    Story(
        "repair",
        "power",
        "厨房插座打火，有焦味，已断开该路电。",
        "更换五孔插座一个，线头重新压接，送电正常。",
        (("五孔插座 10A", "个", "1", "22"),),
        safety=True,
    ),
    Story(
        "repair",
        "power",
        "客厅吸顶灯不亮，换过灯泡还是不行。",
        "镇流器损坏，更换后正常。",
        (("LED 驱动电源", "个", "1", "45"),),
    ),
    Story("repair", "weak", "可视对讲没有声音，访客按门铃听不见。", "室内分机听筒接触不良，重新插接并测试。"),
    Story("repair", "doors", "入户门变形，关门要用力推。", "调整合页并打磨门框，开关顺畅。"),
    Story(
        "repair",
        "aircon",
        "空调外机冷凝水滴到楼下雨棚，夜里很响。",
        "加长排水管并固定到立管。",
        (("PVC 排水管 DN25", "米", "3", "8"),),
    ),
    Story(
        "repair",
        "plumbing",
        "卫生间顶棚渗水，已经滴到吊顶。",
        "楼上地漏密封圈老化，更换并做闭水试验，不再渗漏。",
        (("地漏密封圈", "个", "1", "12"),),
        leak=True,
    ),
    Story(
        "repair",
        "masonry",
        "阳台地砖空鼓翘起两块，怕绊倒老人。",
        "撬起空鼓砖两块，重新铺贴。",
        (("瓷砖胶 5kg", "包", "1", "38"),),
    ),
    Story(
        "repair",
        "plumbing",
        "淋浴混水阀关不严，整夜滴水。",
        "更换阀芯，不再滴水。",
        (("混水阀芯 35mm", "个", "1", "28"),),
        labour="30",
    ),
    Story("help", "other", "老人反锁在屋里，钥匙在门内，请来帮忙。", "到场后请业户同意，开锁师傅开门，老人平安。"),
    Story(
        "repair",
        "fire",
        "燃气报警器一直响，已开窗关阀。",
        "检测无泄漏，报警器探头老化误报，已告知业户更换。",
        safety=True,
    ),
    Story("service", "other", "新装的窗帘杆不会打孔，想请师傅代装。", "代装窗帘杆两根，打孔四个。", labour="60"),
)
PUBLIC: tuple[tuple[str, str, str, str], ...] = (
    ("2 栋大堂", "weak", "门禁卡没有反应，业户进不来。", "门禁控制器重启后恢复，更换读卡头。"),
    ("地下一层 B 区", "power", "车库照明一排不亮。", "更换灯管六支，恢复照明。"),
    ("南门岗亭", "aircon", "岗亭空调不制冷。", "清洗滤网并补充冷媒。"),
    ("5 栋 7 层电梯厅", "power", "电梯厅灯闪烁。", "更换灯具一套。"),
    ("北侧步道", "masonry", "步道砖松动，有人绊了一下。", "重铺松动砖十二块。"),
)
OTHERS: tuple[tuple[str, str, str], ...] = (
    ("inquiry", "问本月物业服务费怎么交，能不能线上缴。", "已告知收费窗口和线上缴费方式。"),
    ("inquiry", "问装修周末能不能施工。", "已告知装修施工时间规定。"),
    ("suggestion", "建议在 3 栋楼下增加快递柜。", "已转报项目经理，列入下季度改善计划。"),
    ("application", "申请加装阳台晾衣架，问要不要审批。", "已告知外立面规定并发放申请表。"),
    ("complaint", "楼上夜里十一点还在装修，影响休息。", "已上门劝停并登记，装修单位书面承诺按时施工。"),
)
PRAISE = ("来得很快，修得仔细。", "态度好，走时把地也擦干净了。", "修好了，没有再出问题。", "满意，谢谢。")
