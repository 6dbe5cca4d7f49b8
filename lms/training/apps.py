from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "lms.training"
    label = "training"

    def ready(self) -> None:
        from lms.training import registered

        registered.register()
