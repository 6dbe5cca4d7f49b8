"""The forms by which files come in one by one: they ask for room before the file is stored. Wagtail takes the first two from
the settings (WAGTAILIMAGES_IMAGE_FORM_BASE, WAGTAILDOCS_DOCUMENT_FORM_BASE).
"""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.forms import ModelForm
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.forms import BaseImageForm

from courses.storage.measure import key_of
from courses.storage.models import StoredItem
from courses.storage.services import FORM, hold, organisation_of_uploader
from lms.accounts.api import Organisation
from lms.lib.errors import Refusal
from lms.lib.ids import uuid7


class AsksForRoom(ModelForm):
    """As the last thing before saving, so that a form that goes back for another reason promises nothing. The promise goes
    with the saved row (signals.py), or by itself after ten minutes.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Wagtail's own form takes it out.
        self.uploader = kwargs.get("user")
        super().__init__(*args, **kwargs)

    def whose(self) -> Organisation | None:
        """Whose room it takes; None for the platform's own."""
        if self.instance.pk:
            there = (
                StoredItem.objects.filter(key=key_of(self.instance)).select_related("organisation").first()
            )
            if there is not None:
                return there.organisation
        return organisation_of_uploader(self.uploader) if self.uploader is not None else None

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        new = [
            file
            for file in (self.cleaned_data.get(name) for name in self.fields)
            if isinstance(file, UploadedFile)
        ]
        more = sum(file.size or 0 for file in new)
        owner = self.whose() if more and not self.errors else None
        if owner is None:
            return
        key = f"form:{uuid7()}"
        try:
            hold(owner, key, more, lasting=FORM)
        except Refusal as refusal:
            self.add_error("file", str(refusal.message))
        else:
            self.instance.storage_hold = key


class ImageForm(AsksForRoom, BaseImageForm):  # type: ignore[misc]  # Wagtail has no types
    Meta: Any = BaseImageForm.Meta


class DocumentForm(AsksForRoom, BaseDocumentForm):  # type: ignore[misc]
    Meta: Any = BaseDocumentForm.Meta

    def save(self, commit: bool = True) -> Any:
        # Wagtail would delete the file that is replaced; releases may offer it (courses/media/models.py, FormerDocument).
        self.original_file = None
        return super().save(commit=commit)
