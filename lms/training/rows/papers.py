"""The papers that the policies speak of and training makes: each with the forms it is written on, or the page it is. For docs/rows.md."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Made:
    """name: in the documents; kinds: of the forms; pages: names of addresses where there is no form; note: what is to be known."""

    name: str
    kinds: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    note: str = ""


PAPERS = (
    Made(
        "申请",
        ("application", "receipt", "missing", "refusal"),
        note="What was handed in stands on the application, with the fingerprint of each file; handed in again, anew.",
    ),
    Made("需求包", ("tender_package", "board_tender")),
    Made("投标", ("tender_bid",), note="The receipt bears the sealed bid's hash."),
    Made("打分表", ("tender_scores", "programme_evaluation", "ce_base_result")),
    Made("公示", ("notice", "board_notice")),
    Made(
        "异议",
        ("case_objection", "case_objection_answer"),
        ("cases:notice", "cases:objection"),
        "Numbered under its notice; a paper of whoever wrote it, and the answer to it. The words go with the person; the code then says so.",
    ),
    Made("牌匾、认定书", ("base_plaque", "ce_base_certificate", "board_named")),
    Made("备案计划", ("ce_filing", "ce_filing_revoked")),
    Made("年度计划", ("board_plan",)),
    Made("选题征集", ("board_call",)),
    Made("立项通知", ("programme_approval",)),
    Made("招收学员通知", ("programme_enrolment", "board_enrolment")),
    Made(
        "签到表",
        ("programme_sign_in",),
        ("programmes:host", "cases:sheet"),
        "Of each meeting of a programme's class, from what was recorded there; /verify/ tells how many, not who.",
    ),
    Made(
        "名录、清单",
        ("board_directory",),
        note="As it stands on the day it is published: 公告栏 in the staff's menu.",
    ),
    Made(
        "课程指南、课程包",
        ("board_directory",),
        ("bundles:bundle",),
        "The list 课程包和课程指南 of a department.",
    ),
    Made(
        "能力素质模型",
        ("board_model",),
        ("digital:model", "digital:model_json"),
        "Published versions do not change; the posting bears the fingerprint of what the version says.",
    ),
    Made("评估标准", ("board_standard",), ("ce_bases:standard",)),
    Made("复核、整改、退出", ("base_recheck", "ce_base_correction", "ce_base_removal", "ce_base_nomination")),
    Made("核销通知", ("base_intent", "base_removal", "base_removal_appeal", "board_removed")),
    Made(
        "资助决定、拨付、结算",
        ("grant_decision", "grant_payment", "grant_settlement", "programme_settlement"),
    ),
    Made(
        "申领",
        ("grant_claim",),
        note="What the body claims of a grant, with each handing in; at /verify/ it says when nothing is left to claim.",
    ),
    Made(
        "凭证",
        ("grant_voucher",),
        ("cases:grant_money", "cases:sheet"),
        "One for each use of the money that counts, with the entry in the books; struck, it holds no more.",
    ),
    Made(
        "委托",
        ("course_entrustment",),
        ("training_commission", "cases:sheet"),
        "Of a course of public subjects, to the department or provider that was commissioned.",
    ),
    Made("承接决定", ("tender_award", "board_result")),
    Made(
        "论文替代说明",
        pages=("programmes:programme",),
        note="The credit bank's proof of the theory paper, with its own verify code (credit-outcomes.md).",
    ),
    Made("贡献证明", ("merit_statement",)),
)
