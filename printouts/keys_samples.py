"""The longest plausible values of the key papers."""

from __future__ import annotations

from typing import Any

KINDS = "进户门 3、室内门 12、单元门/门禁卡 4、信箱 2、其他 2，共 23 把"
OWNER = "阿不都热依木·㛃䶮"
ROOM = "13-2-2203"

DEPOSIT_ROW = {
    "number": "JC-YJ-202609-0415",
    "deposited_at": "2026-11-21 09:42",
    "unit": ROOM,
    "owner": OWNER,
    "phone": "138****5678",
    "kinds": KINDS,
    "purpose": "转交小时工或亲属",
    "term": "暂时/欧阳䶮淼（岳母）",
    "envelope": "XF-YJ-202609-0031/YJ-F-02071",
    "owner_sign": OWNER,
    "receiver": "王翀玥",
    "withdrawn_at": "2026-12-05 18:30",
    "withdraw_sign": OWNER,
    "remark": "看房须提前一天电话告知",
}

LOAN_ROW = {
    "key": "WT-0128",
    "where": "13栋2单元2203",
    "qty_out": "23",
    "reason": "业户出差期间厨房软管渗水，经同意入户关阀并更换角阀，业主委托小时工在场陪同",
    "borrower": "阿不都热依木·吐尔逊江 工程维修部",
    "credential": "业户委托书（原件）",
    "approved": "陈堃 高建国",
    "call_at": "2026-11-21 09:38",
    "out_at": "2026-11-21 09:42",
    "taker": "欧阳㛃䶮",
    "issuer": "王翀玥",
    "due_at": "2026-11-21 17:30",
    "in_at": "2026-11-21 16:05",
    "qty_in": "23",
    "returner": "欧阳㛃䶮",
    "receiver": "陆文婷",
    "remark": "配件未到，延至十七时三十分，已报客服负责人",
}

KEY_ROW = {
    "hook": "一号钥匙柜 128",
    "key_no": "WT-0128",
    "category": "特殊房间的钥匙",
    "where": "地下二层一号配电房",
    "home_door": "3",
    "inner_door": "12",
    "entrance": "4",
    "mailbox": "2",
    "other": "2",
    "total": "23",
    "source": "寄存 JC-YJ-202609-0415",
    "keeper": "欧阳㛃䶮",
    "state": "待重新封存",
    "remark": "期初登记有丢失门禁卡一张",
}

PICKUP_ROW = {
    "unit": ROOM,
    "key": "FX-0016",
    "qty": "23",
    "use": "主卧卫生间防水返修（GD-YJ-202609-0415）完工验收后由业户收回，北次卧窗锁待厂家复修",
    "reason": "返修结束",
    "picker_kind": "业户家属",
    "picker": OWNER,
    "phone": "138****5678",
    "credential": "业户委托书",
    "call_at": "2026-11-21 09:38",
    "picked_at": "2026-11-21 09:42",
    "issuer": "王翀玥",
    "number": "LQ-YJ-202609-0007",
}

COUNTS: dict[str, str] = {
    "home_door": "3",
    "inner_door": "12",
    "entrance": "4",
    "mailbox": "2",
    "other": "2",
    "total": "23",
}

RECEIPT: dict[str, Any] = {
    "number": "SY-YJ-202609-0031",
    "category": "特殊房间的钥匙",
    "where": "地下二层一号配电房（13栋人防门内）",
    "hook": "一号钥匙柜 128",
    **COUNTS,
    "deliverer": OWNER,
    "from_department": "鼎𬭎建设（集团）有限公司项目部",
    "at": "2026-11-21 09:42",
    "keeper": "欧阳㛃䶮",
    "remark": "门禁卡两张磁条磨损，送交人称备用卡在厂家补办，预计十二月五日前补交；另附配电房平面图一张。",
    "deliverer_sign": OWNER,
    "deliverer_sign_date": "2026-11-21",
    "receiver": "王翀玥",
    "receiver_date": "2026-11-21",
}

MANDATE: dict[str, Any] = {
    "number": "JC-YJ-202609-0415",
    "unit": "13栋2单元2203",
    "owner": OWNER,
    "phone": "138 1234 5678",
    **COUNTS,
    "purpose": "转交小时工或亲属",
    "term": "暂时",
    "until": "2027-03-31",
    "handover_to": "阿依古丽·阿不都热依木（女儿）",
    "scope": "仅限出租看房，由客服人员陪同，每次提前一天电话告知本人，不得留宿、不得动用室内物品",
    "sealed": "封存",
    "envelope": "XF-YJ-202609-0031",
    "seal_no": "YJ-F-02071",
    "receiver": "王翀玥",
    "deposited_at": "2026-11-21 09:42",
    "hook": "一号钥匙柜 128",
    "owner_sign": OWNER,
    "owner_sign_date": "2026-11-21",
    "receiver_sign": "王翀玥",
    "receiver_sign_date": "2026-11-21",
}

UNSEALING: dict[str, Any] = {
    "number": "QF-YJ-202609-0002",
    "unit": "13栋2单元2203",
    "owner": OWNER,
    "key": "WT-0128",
    "envelope": "XF-YJ-202609-0031",
    "seal_no": "YJ-F-02071",
    "sealed_at": "2025-03-02 10:15",
    "requester": "罗志强",
    "user": "工程部 罗志强、莫小川",
    "asked_at": "2026-11-21 10:20",
    "danger": "水浸、漏水",
    "reason": "楼下3-2-1103报客厅吊顶大面积渗水，疑为本户厨房给水管爆裂；已关闭单元总阀，"
    "水仍从管井向下流，需立即入户关阀并检查电箱。",
    "contacted_at": "2026-11-21 10:24",
    "reply": "同意",
    "decision": "同意启封，由工程部两人入户，客服一人在场，进出拍照，完毕立即请业户回来重新封存。",
    "decided_at": "2026-11-21 10:27",
    "opened_at": "2026-11-21 10:29",
    "seal_intact": "完好",
    "before": KINDS,
    "entered": "罗志强、莫小川、阿不都热依木·吐尔逊江",
    "entered_at": "2026-11-21 10:31",
    "record": "关闭厨房总阀，更换软管一根；客厅地面积水已吸干，未动其他物品；11:02离开，门窗关好，"
    "拍照四张存档；电箱干燥无异常，离开前与业户视频确认。",
    "returned_at": "2026-11-21 11:05",
    "after": KINDS,
    "resealed_at": "2026-11-22 19:40",
    "new_envelope": "XF-YJ-202609-0032",
    "new_seal": "YJ-F-02072",
    "chain": [
        {
            "at": f"11-21 10:{n:02}",
            "what": "业户未接通",
            "words": "阿不都热依木·㛃䶮，电话 10:24，响铃三十秒无人接听，改拨备用号码仍未接通，已记值班日志",
            "who": "陆文婷 去电、何婉清 在场",
        }
        for n in range(16)
    ],
    "requester_sign": "罗志强",
    "manager": "高建国",
    "opener": "何婉清",
    "witness": "罗志强",
    "entering": "罗志强、莫小川",
    "receiver": "何婉清",
    "owner_sign": OWNER,
}

COUNT_ROW = {
    "where": "地下二层一号配电房",
    "key_no": "TS-0128",
    **COUNTS,
    "qty": "22",
    "seal": "不完好",
    "difference": "登记为“在柜”，少 1 把",
}
COUNT_HEADING = {
    "cabinet": "一号钥匙柜",
    "kind": "移交清点",
    "reason": "休假",
    "counted_at": "2026-11-21 17:20",
    "sets": "50 套 1,150 把",
    "sealed": "13 个，封口完好",
}

ENVELOPE: dict[str, Any] = {
    "headline": "13-2-2203",
    "code": "XF-YJ-202609-0031",
    "copy_ids": ["Zk3rT9wQxA1bCdEf"],
    "kinds": KINDS,
    "sealed_at": "2026-11-21  封签 YJ-F-02071",
    "reason": "转交小时工或亲属",
    "sealed_by": OWNER,
    "keeper": "王翀玥",
}

TAG: dict[str, Any] = {
    "headline": "WT-0128",
    "code": "WT-0128",
    "copy_ids": ["Zk3rT9wQxA1bCdEf"],
    "category": "特殊房间的钥匙",
    "kinds": KINDS,
    "hook": "一号钥匙柜 128",
}
