# mypy: no-warn-unused-ignores
# grpc has types where `make bench` has installed them.
"""gRPC's asyncio server and client: messages compiled by protoc, and answered with ones made beforehand."""

from __future__ import annotations

import importlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
from grpc_tools import protoc  # type: ignore[import-not-found]

from bench.contestants import Calls, CannotRun, Place, Served
from bench.shelf import ONE, PAGE, PRODUCTS
from contracts.catalog import Product

PROTO = """
syntax = "proto3";
package shelf;

message Attribute { string name = 1; string value = 2; }
message Money { int64 amount = 1; string currency = 2; }
message Variant { string sku = 1; repeated Attribute attributes = 2; Money price = 3; int64 weight_grams = 4; }
message Product {
  string id = 1;
  string name = 2;
  string brand = 3;
  string category_id = 4;
  string description = 5;
  repeated Attribute attributes = 6;
  repeated Variant variants = 7;
  bool discontinued = 8;
}
message OneRequest { string product_id = 1; }
message PageRequest { repeated string product_ids = 1; }
message Page { repeated Product products = 1; }

service Shelf {
  rpc GetProduct(OneRequest) returns (Product);
  rpc GetProducts(PageRequest) returns (Page);
}
"""


@asynccontextmanager
async def serve(place: Place) -> AsyncIterator[Served]:
    """Serve the shelf on a Unix socket."""
    _compile(place.folder)
    messages, stubs = _compiled(place.folder)
    products = {each.id: _message(messages, each) for each in PRODUCTS.values()}
    page = messages.Page(products=products.values())

    class Servicer:
        async def GetProduct(self, request: Any, _: Any) -> Any:  # noqa: N802 - gRPC's name
            return products[request.product_id]

        async def GetProducts(self, _: Any, __: Any) -> Any:  # noqa: N802 - gRPC's name
            return page

    server = grpc.aio.server()
    stubs.add_ShelfServicer_to_server(Servicer(), server)
    address = f"unix:{place.folder}/grpc.sock"
    server.add_insecure_port(address)
    await server.start()
    yield Served(address)
    await server.stop(None)


@asynccontextmanager
async def call(place: Place, address: str) -> AsyncIterator[Calls]:
    """Call it on one channel; the messages are left as they come."""
    messages, stubs = _compiled(place.folder)
    async with grpc.aio.insecure_channel(address) as channel:
        stub = stubs.ShelfStub(channel)

        async def page() -> Any:
            return (await stub.GetProducts(messages.PageRequest(product_ids=PAGE))).products

        yield Calls(lambda: stub.GetProduct(messages.OneRequest(product_id=ONE)), page)


def _compile(folder: Path) -> None:
    (folder / "shelf.proto").write_text(PROTO)
    arguments = [f"-I{folder}", f"--python_out={folder}", f"--grpc_python_out={folder}", f"{folder}/shelf.proto"]
    if protoc.main(["protoc", *arguments]) != 0:
        raise CannotRun("protoc does not compile the messages")


def _compiled(folder: Path) -> tuple[Any, Any]:
    sys.path.insert(0, str(folder))
    return importlib.import_module("shelf_pb2"), importlib.import_module("shelf_pb2_grpc")


def _message(messages: Any, product: Product) -> Any:
    return messages.Product(
        id=product.id,
        name=product.name,
        brand=product.brand,
        category_id=product.category_id,
        description=product.description,
        attributes=[messages.Attribute(name=each.name, value=each.value) for each in product.attributes],
        variants=[
            messages.Variant(
                sku=variant.sku,
                attributes=[messages.Attribute(name=each.name, value=each.value) for each in variant.attributes],
                price=messages.Money(amount=variant.price.amount, currency=variant.price.currency),
                weight_grams=variant.weight_grams,
            )
            for variant in product.variants
        ],
    )
