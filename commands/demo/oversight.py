"""Who looks after the demo company: alerts read, tasks given, reports upwards, knowledge kept, hidden values shown."""

from collections.abc import Iterable
from datetime import date, time, timedelta

from sqlalchemy import func, select

from commands.demo.stage import Chapter, House, Stage, Walk
from commands.demo.words import ways
from models import (
    Alert,
    CallRecord,
    ChangeRequest,
    DutyTask,
    ExportRun,
    FollowUp,
    KnowledgeEntry,
    Resident,
    Ticket,
    UpwardReport,
    WorkOrder,
    clock,
)
from models.trail import tell
from rules.advance import advance, start
from rules.alerts import acknowledge
from rules.households import reveal

ROUNDS = (time(8, 50), time(13, 10), time(17, 40))  # when people look at what they were told of
TASKS = ways(
    "整理本月重复报修房号清单|核对缺联登记并追回|拟写业户满意度情况说明|更新前台应急电话牌|协助街道人口核对|"
    "清点前台空白表单"
    "|安排{season}设施检查|准备业主开放日接待|核查空置房水电表|组织新员工首接培训|收集 {b} 栋业户意见|检查夜间岗照明"
)
RESULTS = ways(
    "已完成，结果见附表。|按期完成，已通知相关人员。|完成，遗留两项转下周。|已办妥。|已培训，签到表存档。|已核对无误。"
)
REPORTS = ways(
    "{no} 缺配件已超三天，业户情绪较大，请协调厂家|{no} 涉及公共立管，需楼上配合，请出面协调|"
    "{no} 业户要求赔偿吊顶，请示处理意见"
    "|{no} 多次上门无人，请示是否关单|{no} 业户质疑收费，要求面谈|{no} 疑似房屋质量问题，请联系开发单位"
)
REPLIES = ways(
    "同意，由工程主管牵头，三日内答复业户。|已联系厂家，明日送到。|请约业户周五面谈，我到场。|先做临时处理，"
    "费用另议。|按规定执行，向业户说明依据。"
)
KNOWLEDGE: tuple[tuple[str, str, str, str], ...] = (
    (
        "办理门禁卡和人脸识别",
        "办事流程",
        "业主本人凭身份证办理；租客凭租赁合同和业主同意书。遗失补卡当场办结。",
        "前台办事指南",
    ),
    (
        "装修申报要带什么",
        "办事流程",
        "申请表、图纸、施工单位资质、施工人员证件复印件。周末及午休不得有噪声施工。",
        "《装修须知》",
    ),
    (
        "停车月卡和访客停车",
        "小区设施",
        "月卡凭行驶证办理，一户限两张；访客停车按小时计费，业主可在线预约。",
        "停车管理公示",
    ),
    ("会所开放时间", "小区设施", "周二至周日 9:00–21:00，周一闭馆维护；活动室可预约，每次两小时。", "会所公示"),
    (
        "附近医院和急诊电话",
        "周边服务",
        "区人民医院距北门八百米，设二十四小时急诊；社区健康中心在东街二十号。",
        "社区通讯录",
    ),
    (
        "停水停电怎么答复",
        "应急",
        "先查公告，再问工程值班；计划性停水提前一天公示，突发的每半小时更新一次。",
        "值班手册",
    ),
    ("燃气异味的处理", "应急", "请业户关阀开窗、不动电器、人员离开，立即报工程值班和燃气公司。", "应急预案"),
    ("电梯困人的处理", "应急", "安抚被困人员，告知不要扒门，立即通知维保单位和值班经理，十五分钟内到场。", "应急预案"),
    ("物业费缴纳方式", "办事流程", "线上缴费、银行代扣或收费窗口；发票三个工作日内开出。", "收费公示"),
    ("大件垃圾怎么清运", "小区设施", "提前一天向前台预约，按件收费，周三、周六集中清运。", "保洁部通知"),
    (
        "{season}常见报修与答复",
        "季节提示",
        "换季时热水器、门窗密封和天台排水报修增多；前台先问清部位和是否漏水，再派单。",
        "工程部提示",
    ),
    (
        "老人反锁求助怎么核对身份",
        "应急",
        "核对业主姓名、房号和登记电话，必要时联系家属，请两人到场见证后再开锁。",
        "首接制度",
    ),
)
REQUESTS: tuple[tuple[str, str, str], ...] = (
    ("列表里想看到楼栋管家", "报事列表加一列管家姓名", "转派时不用再查表"),
    ("回访名单能按楼栋排序", "待回访按楼栋、单元排列", "一次打完一栋，省时间"),
    ("工单打印加备注栏", "三联下方留两行手写", "技工常要写补充说明"),
    ("短信自动通知业户预约时间", "预约后给业户发短信", "减少无人在家"),
    ("台账导出记住上次的列", "导出时沿用上次选择", "每月导出同样的表"),
)
REASONS = ways("核对入住资料|办理装修手续|警方查询，已登记证件|业主委托办理|补登身份证号|核对产权人|办理人脸识别")
SEASONS = dict(zip(range(1, 13), ways("冬季|冬季|春季|春季|春季|夏季|夏季|夏季|秋季|秋季|秋季|冬季"), strict=True))


# ---- alerts --------------------------------------------------------------------------------------------------------


def rounds(stage: Stage) -> Walk:
    """Three times a day everybody reads what they were told of, so that only the newest is still unread."""
    for day in stage.days:
        for wall in ROUNDS:
            yield clock.at_wall(day, wall) + stage.minutes(2, 9)
            unread = select(Alert.staff_id).where(Alert.acknowledged_at.is_(None)).distinct().order_by(Alert.staff_id)
            for staff_id in stage.session.scalars(unread).all():
                by = stage.person(staff_id)
                with stage.acts(by) as session:
                    acknowledge(session, by)


# ---- tasks, reports, knowledge, wishes -----------------------------------------------------------------------------


def tasks(stage: Stage) -> Iterable[Walk]:
    """Two tasks a week in each project; one in ten is late, the newest are open."""
    for house in stage.houses:
        for week in range(0, len(stage.days), 7):
            for _ in range(2 if house.org.code == "YJ" else 1):
                yield task(stage, house, stage.days[min(week + stage.dice.randint(0, 6), len(stage.days) - 1)])


def task(stage: Stage, house: House, day: date) -> Walk:
    """Given by a leader, reported done, confirmed; now and then sent back or cancelled."""
    at = yield stage.on(day, "08:40", "11:30")
    by = house.one(stage.dice.choice(("project_manager", "service_supervisor")))
    who = stage.dice.choice(
        house.all("service_administrator", "service_assistant", "engineering_assistant", "desk_clerk")
    )
    title = stage.deck.draw(TASKS).replace("{b}", stage.dice.choice(house.buildings).name)
    title = title.replace("{season}", SEASONS[day.month])
    due = clock.at_wall(clock.local(at).date() + timedelta(days=stage.dice.choice((1, 2, 3, 5))), time(17, 30))
    with stage.acts(by) as session:
        it = DutyTask(
            org_id=house.org_id, title=title, assignee_id=who.staff_id, due_at=due, content="按要求完成后报告。"
        )
        start(session, it, by)
    if stage.chance(0.05):
        yield at + stage.minutes(300)
        with stage.acts(by) as session:
            advance(session, it, "cancel", by, reason="计划有变，不再需要")
        return
    late = stage.chance(0.1)
    at = yield stage.daytime(due + timedelta(days=2) if late else due - stage.minutes(60, 300, 1200), "08:30", "17:30")
    with stage.acts(who) as session:
        advance(session, it, "finish", who, result=stage.deck.draw(RESULTS))
    yield stage.daytime(at + stage.minutes(60, 200, 900), "08:30", "18:00")
    with stage.acts(by) as session:
        advance(session, it, "confirm", by)


def reports(stage: Stage) -> Iterable[Walk]:
    """Every week somebody cannot settle a matter and tells their superior (BASE-07)."""
    for house in stage.houses:
        for week in range(3, len(stage.days), 7 if house.org.code == "YJ" else 14):
            yield report(stage, house, stage.days[week])
        yield report(stage, house, stage.days[-2:][0], answered=False)


def report(stage: Stage, house: House, day: date, *, answered: bool = True) -> Walk:
    """About an open matter that has grown old; answered as a rule within the day."""
    at = yield stage.on(day, "15:00", "17:00")
    by = house.one("service_administrator")
    ripe = select(Ticket).where(Ticket.org_id == house.org_id, Ticket.state.in_(("dispatched", "processing")))
    it = stage.session.scalars(ripe.order_by(Ticket.received_at).limit(1)).first()
    if it is None:
        return
    to = house.one(*(("service_supervisor",) if stage.chance(0.5) else ("project_manager",)))
    means = stage.dice.choice(("oral", "phone", "written", "mail"))
    with stage.acts(by) as session:
        made = UpwardReport(
            org_id=house.org_id,
            to_id=to.staff_id,
            at=at,
            means=means,
            about=it.number,
            content=stage.deck.draw(REPORTS).replace("{no}", f"{it.where} 报事") + "。",
        )
        start(session, made, by)
    if not answered:
        return
    yield stage.daytime(at + stage.minutes(30, 120, 900), "08:30", "18:30")
    with stage.acts(to) as session:
        advance(session, made, "answer", to, reply=stage.deck.draw(REPLIES))


def knowledge(stage: Stage) -> Iterable[Walk]:
    """What everybody at the desk should know; some of it is due for review."""
    for n, entry in enumerate(KNOWLEDGE):
        house = stage.houses[n % 3 if n > 7 else 0]
        yield _written(stage, house, stage.days[n * 3 % len(stage.days)], *entry)


def _written(stage: Stage, house: House, day: date, title: str, topic: str, body: str, source: str) -> Walk:
    yield stage.on(day, "16:00", "18:00")
    by = house.one(stage.dice.choice(("service_assistant", "service_administrator", "service_supervisor")))
    until = clock.today() + timedelta(days=stage.dice.choice((30, 60, 90, 180)))
    title = title.replace("{season}", SEASONS[day.month])
    with stage.acts(by) as session:
        it = KnowledgeEntry(org_id=house.org_id, title=title, topic=topic, body=body, source=source, review_on=until)
        start(session, it, by)
    if stage.chance(0.5):
        yield stage.on(until - timedelta(days=1), "16:00", "17:00")
        with stage.acts(by) as session:
            advance(session, it, "review", by, review_on=clock.today() + timedelta(days=90))


def wishes(stage: Stage) -> Iterable[Walk]:
    """What the house would like this system to do."""
    for n, (title, need, why) in enumerate(REQUESTS):
        yield _wished(
            stage, stage.houses[n % len(stage.houses)], stage.days[n * 17 % len(stage.days)], title, need, why
        )


def _wished(stage: Stage, house: House, day: date, title: str, need: str, why: str) -> Walk:
    at = yield stage.on(day, "14:00", "17:00")
    by, chief = house.one("service_administrator"), stage.holders("quality_manager", house.org_id)[0]
    with stage.acts(by) as session:
        it = ChangeRequest(org_id=house.org_id, title=title, need=need, why=why)
        start(session, it, by)
    yield at + timedelta(days=stage.dice.randint(2, 9))
    verb = stage.dice.choice(("accept", "accept", "decline"))
    with stage.acts(chief) as session:
        advance(session, it, verb, chief, reason="与现行表单重复，暂不改" if verb == "decline" else None)


# ---- personal data shown -------------------------------------------------------------------------------------------


def shown(stage: Stage) -> Iterable[Walk]:
    """A hidden number is shown now and then, each time with its reason (BASE-01)."""
    for house in stage.houses:
        for day in stage.days[:: 3 if house.org.code == "YJ" else 9]:
            yield _shown(stage, house, day)


def _shown(stage: Stage, house: House, day: date) -> Walk:
    yield stage.on(day, "09:00", "17:00")
    by = stage.dice.choice(house.all("service_administrator", "service_assistant", "project_manager"))
    home, reason = stage.dice.choice(house.homes), stage.deck.draw(REASONS)
    with stage.acts(by, reason=reason) as session:
        reveal(session, by, Resident, home.resident_id, "id_no", reason)


# ---- registers taken away ------------------------------------------------------------------------------------------


def taken_away(stage: Stage) -> Iterable[Walk]:
    """Registers as files at the month's end, and once in a while between (导出记录)."""
    for house in stage.houses:
        for day in stage.days:
            if day.day == 1 or (day.weekday() == 4 and stage.chance(0.25)):
                yield _taken(stage, house, day)


def _taken(stage: Stage, house: House, day: date) -> Walk:
    yield stage.on(day, "09:00", "17:30")
    by = house.one(stage.dice.choice(("project_manager", "service_supervisor", "service_supervisor")))
    model = stage.dice.choice((Ticket, Ticket, WorkOrder, FollowUp, CallRecord))
    since = clock.at_wall(clock.today() - timedelta(days=30), time(0))
    number = stage.session.scalar(
        select(func.count()).select_from(model).where(model.org_id == house.org_id, model.created_at >= since)
    )
    shape, token = stage.dice.choice(("xlsx", "xlsx", "csv")), f"{stage.dice.getrandbits(128):032x}"
    with stage.acts(by) as session:
        run = ExportRun(
            org_id=house.org_id,
            noun=model.__tablename__,
            format=shape,
            rows=number or 0,
            token=token,
            by_id=by.staff_id,
        )
        session.add(run)
        session.flush()
        tell(session, "导出", run, {"登记": model.__label__, "格式": shape, "条件": "全部", "行数": str(number)})


def everything(stage: Stage) -> Iterable[Walk]:
    """All of it."""
    yield rounds(stage)
    for part in (tasks, reports, knowledge, wishes, shown, taken_away):
        yield from part(stage)


CHAPTER = Chapter("内部事务", whole=everything)
