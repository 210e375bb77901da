"""The longest plausible values of each form, with the rare characters real names contain."""

from __future__ import annotations

from typing import Any

ORDER: dict[str, Any] = {
    "number": "GD-YJ-202609-0415",
    "copy_ids": ["Zk3rT9wQxA1b", "Zk3rT9wQxA2c", "Zk3rT9wQxA3d"],
    "ticket": "BS-YJ-202609-0312",
    "rework_of": "GD-YJ-202609-0398",
    "escalations": ["11-21 18:00 部门主管 欧阳䶮", "11-23 09:42 客服主管 陈堃"],
    "kind": "上门服务",
    "priority": "紧急",
    "place": "13栋2单元2203 主卧卫生间与客厅连接处吊顶",
    "reporter": "阿不都热依木·㛃䶮",
    "reporter_dept": "客服部",
    "phone": "138 1234 5678 / 0991-2345678",
    "content": "主卧卫生间洗手盆下方软管接头渗水，客厅地毯已湿（约2㎡），值班员09:50到场已关闭角阀。"
    "请带DN15不锈钢编织软管"
    "（60cm）×2根更换，并检查“热水角阀”是否老化；同步告知业主《有偿服务收费表》第3.2条。业主16:00前在家，进门请穿鞋套。",
    "appointment_at": "2026-11-21 14:00",
    "issued_at": "2026-11-21 09:52",
    "received_at": "2026-11-21 13:40",
    "at_door_at": "2026-11-21 13:45",
    "on_site_at": "2026-11-21 13:58",
    "started_at": "2026-11-21 14:03",
    "done_at": "2026-11-21 15:26",
    "leak_tested_at": "2026-11-21 15:20",
    "result": "更换软管两根、角阀一只，通水保压20分钟无渗漏；地毯已协助晾晒，吊顶受潮处拍照留存，三天内回访复查。",
    "materials": [
        {
            "name": "不锈钢编织软管 DN15×60cm（加厚防爆型）",
            "unit": "根",
            "quantity": "2",
            "price": "18.00",
            "amount": "36.00",
        },
        {"name": '角阀 1/2" 全铜', "unit": "只", "quantity": "1", "price": "35.00", "amount": "35.00"},
        {"name": "生料带 20m", "unit": "卷", "quantity": "0.5", "price": "3.00", "amount": "1.50"},
        {"name": "玻璃胶 中性防霉 300ml", "unit": "支", "quantity": "1", "price": "1,028.00", "amount": "1,028.00"},
    ],
    "charge": "有偿",
    "material_fee": "1,100.50",
    "labour_fee": "80.00",
    "fee": "1,180.50",
    "flags": ["渗漏水"],
    "signer_kind": "家中成年人",
    "opinion": "基本满意",
    "issued_by": "王翀玥",
    "received_by": "赵犇",
}

ORDER_ROW = {
    **{name: str(ORDER[name]) for name in ("number", "kind", "place", "reporter", "content", "issued_at")},
    **{name: str(ORDER[name]) for name in ("received_at", "on_site_at", "done_at", "received_by", "fee")},
    "signer": "欧阳㛃䶮",
    "copies": "一交 二归 三缺",
    "state": "已签待回单",
}

DEFECT_ROW = {
    "part": "主卧卫生间",
    "item": "防水与地面坡度",
    "defect": "淋浴区地漏周边坡度不足，放水三十分钟后东北角积水约2㎡；门槛石与地砖接缝处空鼓三块，"
    "需凿除后重做防水并做48小时闭水试验。",
    "number": "GD-YJ-202609-0415",
    "responsible": "鼎𬭎建设（集团）有限公司",
    "due_on": "2026-12-05",
    "done_at": "2026-12-04 17:30",
    "recheck": "合格 欧阳㛃䶮",
    "owner": "",
}

DEFECT_HEADING = {
    "unit": "13栋2单元2203",
    "owner": "阿不都热依木·㛃䶮",
    "accepted_on": "2026-11-21",
    "phone": "138 1234 5678",
}

REPAIR_ROW = {
    **ORDER_ROW,
    "reported_at": "2026-11-21 09:42",
    "unit": "13-2-2203",
    "phone": "138****5678",
    "result": str(ORDER["result"]),
    "follow_up": "11-22 满意",
}

COPY_ROW = {
    **ORDER_ROW,
    "copy1": "11-21 业主签收",
    "copy2_out": "2026-11-21 13:40",
    "copy2_back": "2026-11-21 16:05",
    "copy3_out": "2026-11-21 13:40",
    "copy3_back": "",
    "absent": "第三联",
    "days": "128",
    "reason": "技工赵犇陈述雨中遗失，已凭第二联复印件补登并由工程部主管签字说明",
    "clerk": "王翀玥",
}

TICKET_ROW = {
    "number": "BS-YJ-202609-0312",
    "received_at": "2026-11-21 09:42",
    "channel": "来电",
    "customer": "阿不都热依木·㛃䶮",
    "address": "13-2-2203",
    "reporter_phone": "138 1234 5678",
    "kind": "服务需求",
    "content": str(ORDER["content"]),
    "read_back": "√",
    "first_contact": "欧阳㛃䶮",
    "dispatched_at": "2026-11-21 09:52",
    "handler": "工程部 赵犇𬭎",
    "arrived_at": "2026-11-21 10:08",
    "done_at": "2026-11-21 15:26",
    "score": "5",
    "remark": "三天内回访复查",
    "level": "片区经理",
    "state": "待回访",
    "follow_up_at": "2026-11-22 10:30",
}

DISPATCH: dict[str, Any] = {
    **{name: ORDER[name] for name in ("copy_ids", "escalations", "rework_of", "materials", "result")},
    **{name: value for name, value in TICKET_ROW.items() if name != "score"},
    "number": "BS-YJ-202609-0312",
    "work_order": "GD-YJ-202609-0415",
    "appointment_at": "2026-11-21 14:00",
    "priority": "严重影响客户生活品质",
    "read_back": ["已复述核对"],
    "dept": "工程维修部",
    "progress": "11-21 12:10 已电话告知业主配件到货时间",
    "dispatched_by": "王翀玥",
    "handled_by": "赵犇",
}

HOME: dict[str, Any] = {
    "number": "",
    "copy_ids": ["Zk3rT9wQxA1b"],
    "unit": "13栋2单元2203（13-2-2203）",
    "area": "143.68 ㎡",
    "structure": "四室两厅三卫（跃层）",
    "delivered_on": "2019-05-06",
    "moved_in_on": "2019-12-18",
    "use": "自住",
    "name": "阿不都热依木·㛃䶮",
    "gender": "男",
    "phone": "138 1234 5678 / 139 8765 4321",
    "id_kind": "居民身份证",
    "id_no": "310101********1234",
    "nation": "中国/维吾尔族",
    "employer": "鼎𬭎国际贸易（上海）自由贸易试验区有限公司",
    "co_owners": "欧阳䶮淼、阿依古丽·阿不都热依木",
    "address": "新疆维吾尔自治区乌鲁木齐市沙依巴克区友好北路街道友好新村二十四号院九栋三单元",
    "contact_wish": "工作日19:00后",
    "family": [
        {
            "name": "欧阳䶮淼",
            "relation": "配偶",
            "gender": "女",
            "born": "1988-02",
            "phone": "139 8765 4321",
            "note": "市第一人民医院心血管内科主治医师",
        },
        {
            "name": "阿依古丽·阿不都热依木",
            "relation": "女儿",
            "gender": "女",
            "born": "2015-07",
            "phone": "",
            "note": "云锦里小学五年级（2）班",
        },
        {
            "name": "龘犇",
            "relation": "外祖父",
            "gender": "男",
            "born": "1949-10",
            "phone": "0991-2345678",
            "note": "行动不便",
        },
        {
            "name": "祎頔",
            "relation": "住家保姆",
            "gender": "女",
            "born": "1976-03",
            "phone": "137 0000 1111",
            "note": "出入证 YJ-0871",
        },
        {
            "name": "垚燚",
            "relation": "侄子",
            "gender": "男",
            "born": "2003-11",
            "phone": "136 2222 3333",
            "note": "寒暑假暂住",
        },
    ],
    "tenant": "北京堃玥科技有限公司",
    "tenant_phone": "010-8888 6666 转 8021",
    "lease": "2026-01-01 至 2027-12-31",
    "tenant_id_no": "统一社会信用代码 91110108********XK",
    "tenant_employer": "联系人 冯昇（行政部）",
    "vehicles": [
        {"plate": "新A·D12345", "model": "比亚迪 汉 EV 四驱千山翠限量版", "colour": "墨绿", "space": "B2-0387（产权）"},
        {"plate": "沪AF56789", "model": "特斯拉 Model Y", "colour": "白", "space": "B2-0388（租用至2027-12）"},
    ],
    "pets": [{"breed": "金毛寻回犬", "name": "豆豆", "certificate": "YJ2026-000871"}],
    "emergency_contact": "阿不都热依木·吐尔逊江（兄）",
    "emergency_phone": "0991-2345678",
    "care": "外祖父行动不便，停梯、停电请提前电话告知；女儿对花粉过敏，绿化喷药前一日通知。",
    "changes": [
        {"on": "2026-03-12", "change": "产权共有人增加欧阳䶮淼，见变更申请及不动产权证复印件", "clerk": "王翀玥"}
    ],
    "registered_by": "王翀玥",
}

RESIDENT_ROW = {
    "unit": "13-2-2203",
    "name": "阿不都热依木·㛃䶮",
    "relation": "业主",
    "gender": "男",
    "id_no": "310101********1234",
    "phone": "138****5678 / 139****4321",
    "area": "143.68",
    "delivered_on": "2019-05-06",
    "moved_in_on": "2019-12-18",
    "lives_here": "是",
    "importance": "重要客户",
    "vehicles": "新A·D12345、沪AF56789",
    "remark": "外祖父行动不便，停梯停电提前告知",
}

FOLLOW_UP: dict[str, Any] = {
    "number": "HF-YJ-202609-0415",
    "ticket": "BS-YJ-202609-0312",
    "work_order": "GD-YJ-202609-0415",
    "kind": "维修工程",
    "unit": "13-2-2203",
    "customer": "阿不都热依木·㛃䶮",
    "phone": "138 1234 5678 / 0991-2345678",
    "proven_at": "2026-11-21 15:40",
    "due_at": "2026-11-22 15:40",
    "method": "上门",
    "at": "2026-11-22 10:30",
    "quality": "软管、角阀更换后未再渗水，吊顶受潮处颜色已变浅，约定三天后再看一次，业主认可维修质量。",
    "effect": "约定时间前五分钟到门，穿鞋套、铺垫布，完工清扫并带走废料；收费与公示一致，当场开具票据。",
    "satisfaction": "4",
    "defects": "第一次来没带DN15软管，多跑一趟；电话里说半小时到，实际四十分钟，希望提前告知。",
    "suggestion": "建议每季度检查一次公共区域阀门，把《有偿服务收费表》贴在单元门厅，方便老人看到。",
    "customer_sign": "阿不都热依木·㛃䶮",
    "visitor": "欧阳䶮淼",
    "filed_by": "王翀玥",
}
