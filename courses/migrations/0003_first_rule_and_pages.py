"""Data: the first content rule, and the two pages every site has."""

from datetime import date

from django.db import migrations


def forwards(apps, schema_editor):
    ContentRule = apps.get_model("courses", "ContentRule")
    ContentRule.objects.create(
        version=1,
        valid_from=date(2020, 1, 1),
        ms_per_character=200,
        ms_per_question=60_000,
        source="平台规则第 1 版：阅读按每分钟 300 字，练习与测验按每题 1 分钟；政策未作规定，可由主管部门另行设定。",
    )
    ContentType = apps.get_model("contenttypes.ContentType")
    Page = apps.get_model("wagtailcore.Page")
    Site = apps.get_model("wagtailcore.Site")
    Locale = apps.get_model("wagtailcore.Locale")
    HomePage = apps.get_model("courses.HomePage")
    CataloguePage = apps.get_model("courses.CataloguePage")
    locale = Locale.objects.first()
    Site.objects.all().delete()
    Page.objects.filter(path="00010001").delete()
    home_type, _ = ContentType.objects.get_or_create(model="homepage", app_label="courses")
    catalogue_type, _ = ContentType.objects.get_or_create(model="cataloguepage", app_label="courses")
    home = HomePage.objects.create(
        title="融通", draft_title="融通", slug="home", content_type=home_type, path="00010001", depth=2, numchild=1,
        url_path="/home/", locale=locale,
    )
    CataloguePage.objects.create(
        title="课程", draft_title="课程", slug="courses", content_type=catalogue_type, path="000100010001", depth=3,
        numchild=0, url_path="/home/courses/", locale=locale, show_in_menus=True,
    )
    Page.objects.filter(path="0001").update(numchild=1)
    Site.objects.create(hostname="localhost", port=80, site_name="融通", root_page_id=home.pk, is_default_site=True)


def backwards(apps, schema_editor):
    apps.get_model("wagtailcore.Site").objects.all().delete()
    apps.get_model("courses.CataloguePage").objects.all().delete()
    apps.get_model("courses.HomePage").objects.all().delete()
    apps.get_model("courses.ContentRule").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0002_release_append_only"),
        ("wagtailcore", "0002_initial_data"),
        ("wagtailcore", "0054_initial_locale"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(forwards, backwards)]
