"""The one front door: routes to the BFFs, keeps what is harmful out, and begins every request's context."""

from app.gateway.gateway import Gateway
from app.gateway.health import ModuleStatus, Status
from app.gateway.routing import Route

__all__ = ["Gateway", "ModuleStatus", "Route", "Status"]
