"""What is asked for before a new exercise is begun."""

from collections.abc import Iterable

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _


class NewExerciseForm(forms.Form):
    """types: (library, name) of what may be written."""

    library = forms.ChoiceField(label=_("题型"))
    title = forms.CharField(label=_("标题"), max_length=200)

    def __init__(self, types: Iterable[tuple[str, str]], data: QueryDict | None = None) -> None:
        super().__init__(data)
        library = self.fields["library"]
        assert isinstance(library, forms.ChoiceField)
        library.choices = list(types)
