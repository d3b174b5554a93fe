"""The auditor, as the host sees it."""

from contracts.kit import Module
from modules.auditor.auditor import audit
from modules.auditor.container import AuditorContainer
from modules.auditor.settings import AuditorSettings

__all__ = ["module"]

module = Module(name="auditor", container=AuditorContainer, settings=AuditorSettings, audit=audit)
