"""Jobs and their messages in the admin: to be looked at, paused, resumed and cancelled, and never edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html_join

from ....jobs import Job as _Job
from ....jobs import LedgerError
from ....jobs.states import ACCEPTED, CLAIMED, HELD, REFUSED, SENDING, UNKNOWN, WAITING
from .ledger import Jobs
from .models import Chunk, Job, Message

if TYPE_CHECKING:

    class _ModelAdmin:
        """Django's, which has no types of its own."""

        def get_queryset(self, request: Any) -> Any: ...
        def message_user(self, request: Any, text: str, level: int) -> None: ...

    class _Filter:
        """As above."""

        def value(self) -> str | None: ...

    class _Paginator:
        """As above."""

        object_list: Any
else:
    _ModelAdmin, _Filter, _Paginator = admin.ModelAdmin, admin.SimpleListFilter, Paginator

__all__ = ["JobAdmin", "MessageAdmin"]

_MOST_COUNTED = 10_000
_MOST_REASONS = 5
_MOST_JOBS = 50
_LEFT = (WAITING, CLAIMED, SENDING, UNKNOWN, HELD)
"""States of chunks that somebody still has to do something about."""


class _Capped(_Paginator):
    """Counts no further than anybody turns pages: a table may hold millions."""

    @cached_property  # type: ignore[untyped-decorator]  # Django has no types
    def count(self) -> int:
        """How many there are, or so many as are shown."""
        counted: int = self.object_list[:_MOST_COUNTED].count()
        return counted


class _ReadOnly(_ModelAdmin):
    """To be looked at."""

    show_full_result_count = False
    paginator = _Capped
    show_facets: Any = getattr(getattr(admin, "ShowFacets", None), "NEVER", None)  # they would count everything

    def get_queryset(self, request: Any) -> Any:
        """Of the database that the ledger is in."""
        return super().get_queryset(request).using(Jobs().using)

    def has_add_permission(self, request: Any) -> bool:  # noqa: ARG002 - Django's signature, as below
        """Nobody has."""
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:  # noqa: ARG002
        """Nobody has."""
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:  # noqa: ARG002
        """Nobody has."""
        return False


@admin.register(Job)
class JobAdmin(_ReadOnly):
    """Jobs and outboxes, how far they are, and what can be done about them."""

    list_display: tuple[str, ...] = ("name", "standing", "created_at", "told")
    list_per_page = 20
    ordering: tuple[str, ...] = ("-id",)
    search_fields: tuple[str, ...] = ("name",)
    fields: tuple[str, ...] = ("name", "standing", "created_at", "told", "reasons", "found", "resend_not_found_after")
    readonly_fields: tuple[str, ...] = fields
    actions: tuple[str, ...] = ("pause", "resume", "cancel")

    def has_steer_permission(self, request: Any) -> bool:
        """Who may change jobs may pause, resume and cancel them."""
        return bool(request.user.has_perm("postmark_jobs.change_job"))

    @admin.display(description="progress")  # type: ignore[untyped-decorator]
    def told(self, job: Any) -> str:
        """How far it is; of an outbox, which may have millions, what is still to be done."""
        return _told(job)

    @admin.display(description="why")  # type: ignore[untyped-decorator]
    def reasons(self, job: Any) -> Any:
        """Why chunks are held, or nobody knows what became of them."""
        found = _chunks(job, HELD, UNKNOWN).exclude(reason=None).values_list("state", "reason").distinct()
        return format_html_join("", "<p>{}: {}</p>", found[:_MOST_REASONS]) or "-"

    @admin.display(description="messages")  # type: ignore[untyped-decorator]
    def found(self, job: Any) -> Any:
        """Links to its messages."""
        page = reverse("admin:postmark_jobs_message_changelist")
        links = [(f"{page}?job={job.pk}", "all")]
        links += [(f"{page}?job={job.pk}&state={state}", state) for state in (ACCEPTED, REFUSED, UNKNOWN)]
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    @admin.action(description="Pause", permissions=["steer"])  # type: ignore[untyped-decorator]
    def pause(self, request: Any, queryset: Any) -> None:
        """Let nothing more leave for now."""
        self._each(request, queryset, _Job.pause, "paused")

    @admin.action(description="Resume, and try again what is held", permissions=["steer"])  # type: ignore[untyped-decorator]
    def resume(self, request: Any, queryset: Any) -> None:
        """Go on."""
        self._each(request, queryset, _Job.resume, "resumed")

    @admin.action(description="Cancel", permissions=["steer"])  # type: ignore[untyped-decorator]
    def cancel(self, request: Any, queryset: Any) -> Any:
        """Send nothing more of it, once somebody is sure."""
        if "sure" in request.POST:
            return self._each(request, queryset, _Job.cancel, "cancelled")
        jobs = list(queryset)
        for job in jobs:
            job.told = _told(job)
        given = {**admin.site.each_context(request), "jobs": jobs, "back": request.get_full_path()}
        return TemplateResponse(request, "admin/postmark_jobs/job/cancel.html", given)

    def _each(self, request: Any, queryset: Any, step: Callable[[_Job], None], word: str) -> None:
        jobs = Jobs()
        for name in queryset.values_list("name", flat=True):
            try:
                step(jobs.get(name))
            except LedgerError as error:  # noqa: PERF203 - the others go on
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.message_user(request, f"{name!r} is {word}", messages.SUCCESS)


def _told(job: Any) -> str:
    if not job.standing:
        return str(Jobs().get(job.name).progress())
    counted = ((state, _chunks(job, state)[:_MOST_COUNTED].count()) for state in _LEFT)
    told = [f"{count:,}{'+' * (count == _MOST_COUNTED)} {state}" for state, count in counted if count]
    return f"{job.state}: {', '.join(told) or 'nothing is left to do'}"


def _chunks(job: Any, *states: str) -> Any:
    return Chunk.objects.using(job._state.db).filter(job_id=job.pk, state__in=states)  # noqa: SLF001 - Django's own name


class _OfJob(_Filter):
    """Messages of a job."""

    title = parameter_name = "job"

    def lookups(self, *_: object) -> list[tuple[int, str]]:
        """The newest ones."""
        return list(Job.objects.using(Jobs().using).order_by("-id").values_list("id", "name")[:_MOST_JOBS])

    def queryset(self, _: object, queryset: Any) -> Any:
        """Only these."""
        return queryset.filter(job_id=self.value()) if (self.value() or "").isdecimal() else queryset


class _InState(_Filter):
    """Messages in a state."""

    title = parameter_name = "state"

    def lookups(self, *_: object) -> list[tuple[str, str]]:
        """Those that are written."""
        return [(state, state) for state in (ACCEPTED, REFUSED, UNKNOWN)]

    def queryset(self, _: object, queryset: Any) -> Any:
        """Only these."""
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Message)
class MessageAdmin(_ReadOnly):
    """What is known of messages; those that wait are in the counts of their job."""

    list_display: tuple[str, ...] = ("number", "state", "message_id", "submitted_at", "error_code", "text")
    list_display_links = None
    list_filter: tuple[type[_Filter], ...] = (_OfJob, _InState)
    ordering: tuple[str, ...] = ("job_id", "number")
    sortable_by: tuple[str, ...] = ()

    def get_object(self, *_: object) -> None:
        """None has a page of its own."""
