"""Pictures that people uploaded."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class Image(models.Model):
    """An uploaded picture; `key` is its name in the storage and in URLs."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="images", verbose_name=_("person"))
    key = models.CharField(_("file"), max_length=40, unique=True)
    size = models.PositiveIntegerField(_("bytes"))
    created_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        indexes = [models.Index("owner", "created_at", name="image_owner_time")]

    def __str__(self) -> str:
        return self.key
