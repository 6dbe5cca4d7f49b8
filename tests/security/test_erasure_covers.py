"""Every table that points at a person has been thought of when a person is erased: a new one fails here until somebody
has decided what becomes of it. What the decisions do is shown by test_erasure.py and the packages' own tests.
"""

from django.apps import apps

from lms.accounts.models import User

# The rows go.
REMOVED = {
    "account.EmailAddress",
    "accounts.Identity",
    "courses.Upload",
    "learning.H5PState",
    "learning.PaperContent",
    "learning.RecordLook",
    "mfa.Authenticator",
    "wagtailadmin.EditingSession",
    "wagtailadmin.FormState",
    "wagtailcore.APIToken",
    "wagtailusers.UserProfile",
    "learning.LtiAccount",
    "learning.LtiLaunch",
    "learning.LtiSubject",
}
# The rows stay under a number without a name; words, marks of devices and files of theirs go.
BLANKED = {
    "accounts.Employment",
    "accounts.InstitutionRequest",
    "creditbank.AccountMerge",
    "creditbank.Application",
    "creditbank.ExemptionRequest",
    "creditbank.ExemptionRevocation",
    "creditbank.FusedEnrolment",
    "creditbank.FusedResult",
    "creditbank.ApplicationStep",
    "creditbank.LearningOutcome",
    "creditbank.CohortMember",
    "creditbank.Promotion",
    "creditbank.Reward",
    "creditbank.RewardReversal",
    "creditbank.Redemption",
    "creditbank.CredentialSet",
    "creditbank.Share",
    "creditbank.TranscriptSnapshot",
    "learning.Certificate",
    "learning.CertificateReissue",
    "learning.DeclarationStep",
    "learning.EvidenceOrder",
    "learning.HoursDeclaration",
    "learning.NameRequest",
    "learning.RecordConsent",
    "learning.Statement",
    "learning.StudyHold",
    "learning.StudySession",
    "learning.StudyTicket",
    "learning.WorkCredit",
    "learning.LtiScore",
    "learning.ScormAttempt",
    "training.Objection",
    "training.ProgrammeApplication",
    "training.SkillAward",
    "training.SkillPost",
    "training.Suggestion",
    "training.SuggestionAct",
    "training.TheoryOutput",
}
# Machines act for organisations: neither names a person here (lms/accounts/machines).
NOBODY = {"allauth_idp_oidc.Client", "allauth_idp_oidc.Token"}
# Figures and times alone: nothing in them says who the number is.
FIGURES = {
    "accounts.Erasure",
    "accounts.Membership",
    "creditbank.LearningAccount",
    "learning.AssignedCourse",
    "learning.ClassPlace",
    "learning.Completion",
    "learning.Enrolment",
    "learning.HoldStep",
    "learning.LessonProgress",
    "learning.OpenTurn",
    "learning.QuizAttempt",
    "learning.ReviewPackage",
    "learning.SignIn",
    "learning.StreamClaim",
    "learning.StudyIncident",
    "learning.StudyReminder",
    "learning.StudyStream",
    "learning.YearFigure",
    "learning.YearStatement",
    "training.ProgrammeResult",
}
# What the person did for an organisation or on the platform's pages: the organisation's own, signed by the number.
DUTY = {
    "accounts.Machine",
    "creditbank.ShareExport",
    "accounts.RoleInvitation",
    "accounts.Roster",
    "creditbank.DepositBatch",
    "courses.CataloguePage",
    "courses.ChapterPage",
    "courses.CourseDocument",
    "courses.CourseImage",
    "courses.CoursePage",
    "courses.HomePage",
    "courses.LessonPage",
    "creditbank.FusedAward",
    "creditbank.FusedSubsidy",
    "creditbank.RuleDraft",
    "creditbank.RuleVote",
    "learning.AttendanceEvent",
    "learning.AttendanceImport",
    "learning.CourseAssignment",
    "learning.PracticeChecklist",
    "learning.PracticeResult",
    "learning.WalkIn",
    "wagtailcore.Comment",
    "wagtailcore.CommentReply",
    "wagtailcore.ModelLogEntry",
    "wagtailcore.Page",
    "wagtailcore.PageLogEntry",
    "wagtailcore.PageSubscription",
    "wagtailcore.Revision",
    "wagtailcore.TaskState",
    "wagtailcore.UploadedFile",
    "wagtailcore.WorkflowState",
    "wagtaildocs.Document",
    "wagtailimages.Image",
    "learning.LtiInvitation",
    "learning.LtiPlatform",
    "learning.LtiTool",
    "learning.Cmi5Unit",
    "records.Credential",
    "records.Target",
    "training.Act",
    "training.Case",
    "training.Delegation",
    "training.Evaluation",
    "training.Evidence",
    "training.HostChoice",
    "training.PostPayment",
    "training.ProgrammeAccount",
    "training.ProgrammePlan",
    "training.Spend",
    "training.TrainingReport",
}


def test_every_table_about_people_has_its_decision():
    found = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is User
    }
    decided = [*REMOVED, *BLANKED, *NOBODY, *FIGURES, *DUTY]
    assert len(decided) == len(set(decided))
    assert found - set(decided) == set(), "decide what an erasure does with these, and write it here"
    assert set(decided) - found == set(), "these are no more"
