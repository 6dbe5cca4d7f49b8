"""The documents that the platform's rules cite, with their real titles, bodies and dates. Summaries are our own words and add nothing;
where a text gives no first or last day, none is entered.
"""

from datetime import date

from lms.lib.actor import Actor
from lms.training.policies import queries
from lms.training.policies.services import Entry, add

DEMO = Actor.system("demo")
ENTRIES = (
    Entry(
        number="沪人社专〔2022〕372号",
        title="上海市人力资源和社会保障局等五部门关于印发上海市实施专业技术人才知识更新工程工作方案的通知",
        bodies=(
            "上海市人力资源和社会保障局",
            "上海市财政局",
            "上海市经济和信息化委员会",
            "上海市科学技术委员会",
            "上海市教育委员会",
        ),
        issued_on=date(2022, 12, 2),
        summary="到 2030 年累计完成专业技术人才知识更新 350 万人次。分四类项目：公需科目和专业科目培训、高级研修和急需紧缺人才培养、"
        "数字技术专业人才培育、继续教育基地建设。\n\n"
        "年度项目计划和承办单位向社会公开，招收学员的通知在指定平台统一发布，基地按年度备案；项目实行抽查和评估，结果影响以后的承接。"
        "参加工程项目计入继续教育学时，项目期间取得的理论性成果可以代替职称申报的论文。\n\n"
        "平台里依据它的：公需科目年度计划、专业科目的指标、高级研修项目、公告栏。",
    ),
    Entry(
        number="青人社〔2023〕17号",
        title="关于建设青浦区技能人才培育实训基地的实施意见",
        bodies=("青浦区人力资源和社会保障局",),
        issued_on=date(2023, 6, 14),
        first_day=date(2023, 6, 14),
        summary="自 2023 年起建立 5 至 10 家区级技能人才培育实训基地。重点企业、职业院校、社会组织符合四项条件的可以申报；经评审、"
        "5 个工作日公示后授牌，每年复核一次，不再符合的核销。\n\n"
        "认定的基地一次性给予 20 万元工作资助，专款专用。意见自发布之日起执行。\n\n"
        "平台里依据它的：基地的申报、评审、公示、授牌、复核和核销，以及一次性资助。",
    ),
    Entry(
        number="沪工总研〔2020〕94号",
        title="对市十五届人大三次会议第0419号建议的办理意见",
        bodies=("上海市总工会",),
        issued_on=date(2020, 5, 12),
        summary="答复人大代表关于提升产业工人职业素质的建议，说明地方教育附加专项资金、职业教育和培训体系、学历教育与职业技能培训"
        "衔接等方面的做法，并提出继续听取企业、产业工人和有关各方的意见。\n\n"
        "平台里依据它的：双证融通的方式、面向农民工和技师的培训内容、意见建议。",
    ),
    Entry(
        number="沪工总发〔2024〕7号",
        title="上海市总工会关于推动高质量发展建设高技能职工队伍的实施意见",
        bodies=("上海市总工会",),
        issued_on=date(2024, 2, 18),
        summary="从职工教育培训、劳动和技能竞赛、创新创造、使用和激励四个方面建设高技能职工队伍，写明了到 2025 年和三年内的目标。\n\n"
        "其中要求发挥学分银行在学习认证、积累和转化方面的作用，并定期梳理高技能人才发展政策；政策库依据它建立。",
    ),
    Entry(
        number="青科委〔2022〕69号",
        title="关于加快推进高新产业职工科学素质提升行动的意见",
        bodies=("青浦区科学技术委员会", "青浦区科学技术协会"),
        issued_on=date(2022, 10, 9),
        summary="鼓励高新产业企业自行开展或委托开展职工培训，支持建设线上培训平台，把应知的理论放到线上，应会的操作和示教在线下进行。\n\n"
        "平台里依据它的：应知、应会两种学习方式，培训资源名录和项目清单。",
    ),
    Entry(
        number="教职成〔2019〕13号",
        title="教育部关于职业院校专业人才培养方案制订与实施工作的指导意见",
        bodies=("教育部",),
        issued_on=date(2019, 6, 5),
        summary="职业院校制订和实施专业人才培养方案的要求。学时与学分的折算写在其中。\n\n平台里参照它的：学时折算学分的演示规则。",
    ),
)


def load_demo_policies() -> None:
    """Repeated, only what is missing is made."""
    there = queries.links(entry.number for entry in ENTRIES)
    for entry in ENTRIES:
        if entry.number not in there:
            add(DEMO, entry, None)
