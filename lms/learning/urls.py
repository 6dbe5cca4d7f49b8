"""/learn/: my learning, the player, quizzes and the doors of study time."""

from django.urls import path

from lms.learning.assessment import http as quizzes
from lms.learning.classes import http as classes
from lms.learning.cmi5 import http as cmi5
from lms.learning.enrolment import http as enrolments
from lms.learning.player import http as player
from lms.learning.ratings import http as ratings
from lms.learning.records import http as records
from lms.learning.scorm import http as scorm
from lms.learning.study import http as study
from lms.learning.study.offline import http as offline

app_name = "learning"
_lesson = "<uuid:enrolment>/<uuid:lesson>/"

urlpatterns = [
    path("", enrolments.home, name="home"),
    path("enrol/<uuid:course>/", enrolments.begin, name="enrol"),
    path("study/open", study.open_, name="study_open"),
    path("study/report", study.report, name="study_report"),
    path("study/take-over", study.take_over_, name="study_take_over"),
    path("study/presence", study.presence, name="study_presence"),
    path("study/ticket", offline.ticket, name="study_ticket"),
    path("study/offline", offline.part, name="study_offline"),
    path("offline-worker.js", offline.worker, name="offline_worker"),
    path("classes/", classes.mine, name="classes"),
    path("classes/course/<uuid:course>/", classes.course, name="classes_of"),
    path("classes/<uuid:uuid>/", classes.detail, name="class"),
    path("classes/<uuid:uuid>/join/", classes.join, name="class_join"),
    path("classes/<uuid:uuid>/leave/", classes.leave, name="class_leave"),
    path("classes/photos/<uuid:uuid>/", classes.photo, name="class_photo"),
    path("sign/<uuid:meeting>/<slug:act>/<slug:code>/", classes.sign, name="class_sign"),
    path("cmi5/fetch/<str:secret>", cmi5.fetch, name="cmi5_fetch"),
    path("cmi5/over/", cmi5.over, name="cmi5_over"),
    path("<uuid:enrolment>/", enrolments.course, name="course"),
    path("<uuid:enrolment>/rating/", ratings.rate, name="rate"),
    path(_lesson, player.lesson, name="player"),
    path(_lesson + "quiz/<str:block>/", quizzes.quiz, name="quiz"),
    path(_lesson + "quiz/<str:block>/<uuid:attempt>/", quizzes.attempt, name="attempt"),
    path(_lesson + "quiz/<str:block>/<uuid:attempt>/answers", quizzes.answers, name="answers"),
    path(_lesson + "cmi5/<str:block>/launch/", cmi5.launch, name="cmi5_launch"),
    path(_lesson + "cmi5/<str:block>/done/", cmi5.done, name="cmi5_done"),
    path(_lesson + "h5p/<str:block>/state", records.state, name="h5p_state"),
    path(_lesson + "h5p/<str:block>/statements", records.statements, name="h5p_statements"),
    path(_lesson + "scorm/<str:block>/open", scorm.open_, name="scorm_open"),
    path(_lesson + "scorm/<str:block>/commit", scorm.commit, name="scorm_commit"),
]
