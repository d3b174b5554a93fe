"""The payments, as the host sees them."""

from contracts.kit import Module
from contracts.payments import Payments
from modules.payments.container import PaymentsContainer
from modules.payments.fake import FakePayments
from modules.payments.sandbox_calls import call_back
from modules.payments.settings import PaymentsSettings
from modules.payments.settle import settle

__all__ = ["module"]

module = Module(
    name="payments",
    container=PaymentsContainer,
    provides=(Payments,),
    settings=PaymentsSettings,
    background=(settle, call_back),
    fake=FakePayments,
)
