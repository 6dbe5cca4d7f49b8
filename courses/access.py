"""The place in the page tree where staff may work; whose course it is decides the rest (wagtail_hooks.py)."""

from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Workflow, WorkflowTask

from lms.accounts.api import staff_group

PAGE_PERMISSIONS = ("add_page", "change_page", "publish_page")
# By the names Wagtail asks for, whatever the model. Not "change": pictures and documents know no organisation, and
# whoever added one may change it anyway.
MEDIA = (("wagtailimages", "image"), ("wagtaildocs", "document"))
SNIPPETS = ("question", "coursevideo", "h5pcontent", "contentpackage")


def found_review(**kwargs: Any) -> None:
    """After each migration: the workflow and its two steps are there. Repeating changes nothing."""
    from courses.review.models import PlatformReview, ProviderApproval
    from courses.review.queries import WORKFLOW

    workflow, made = Workflow.objects.get_or_create(name=WORKFLOW)
    if not made:
        return
    for order, (model, name) in enumerate(((ProviderApproval, "开课单位审批"), (PlatformReview, "平台复核"))):
        task, _made = model.objects.get_or_create(name=name)
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=order)


def grant_places(**kwargs: Any) -> None:
    """After each migration: the staff group works below the catalogue and with media. Repeating changes nothing."""
    from courses.pages.models import CataloguePage

    catalogue = CataloguePage.objects.first()
    root = Collection.get_first_root_node()
    if catalogue is None or root is None:
        return
    group = staff_group()
    for codename in PAGE_PERMISSIONS:
        permission = _permission("wagtailcore", "page", codename)
        GroupPagePermission.objects.get_or_create(group=group, page=catalogue.page_ptr, permission=permission)
    GroupCollectionPermission.objects.filter(
        group=group, permission__content_type__app_label="courses"
    ).delete()
    for label, model in MEDIA:
        for verb in ("add", "choose"):
            permission = _permission(label, model, f"{verb}_{model}")
            GroupCollectionPermission.objects.get_or_create(
                group=group, collection=root, permission=permission
            )
    group.permissions.add(
        *(
            _permission("courses", model, f"{verb}_{model}")
            for model in SNIPPETS
            for verb in ("add", "change", "view")
        )
    )


def _permission(label: str, model: str, codename: str) -> Permission:
    # Django makes permissions after migrating too, but after us the first time.
    kind, _made = ContentType.objects.get_or_create(app_label=label, model=model)
    permission, _made = Permission.objects.get_or_create(
        content_type=kind, codename=codename, defaults={"name": codename.replace("_", " ")}
    )
    return permission
