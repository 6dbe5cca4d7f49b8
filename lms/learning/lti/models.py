"""What both sides of LTI share: the keys that sign for us, and what may be used one time only."""

from django.db import models

from lms.lib.crypto import EncryptedTextField


class LtiKey(models.Model):
    """An RSA key. private: PEM, encrypted at rest, emptied when the key no longer signs. public: its JWK. retires_at: until
    when the public half stays published; None for the key that signs.
    """

    kid = models.CharField(max_length=40, unique=True)
    private = EncryptedTextField(blank=True)
    public = models.JSONField()
    made_at = models.DateTimeField()
    retires_at = models.DateTimeField(null=True)
    signs = models.BooleanField(default=True)

    class Meta:
        constraints = [
            # Two processes that need a first key at once, or rotate at once: one of them finds it made.
            models.UniqueConstraint(
                fields=["signs"], condition=models.Q(signs=True), name="learning_lti_one_signing_key"
            )
        ]

    def __str__(self) -> str:
        return self.kid


class LtiOnce(models.Model):
    """A nonce or the id of an assertion that was used, kept as a keyed hash until nothing signed with it can be valid."""

    used = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.used[:12]
