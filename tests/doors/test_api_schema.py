"""Every operation of the API under random input: no fault of the server's own, and answers as they are described."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from requests.adapters import HTTPAdapter
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.doors.kit import PEOPLE, fresh_room, made, trust

from parlour.client import AsyncClient, calls
from parlour.testing import Deployment

_EXAMPLES = 4  # of each operation, with a room that is there, and again with any


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with made(Deployment(tmp_path_factory.mktemp("schema"), users=PEOPLE, rooms=(), web=True)) as served:
        yield served


async def furnished(deployment: Deployment) -> dict[str, str]:
    """Make a room with something in it; return how paths name it."""
    uri = await fresh_room(deployment)
    room = uri.removeprefix("ma-chan://")
    async with AsyncClient(url(deployment), address=deployment.address("alice"), password=deployment.password("alice"),
                           verify=trust(deployment)) as alice:
        await alice.do(calls.post(room, "hello"))
        await alice.do(calls.follow(room))
    return {"domain": room.split("/")[0], "guid": room.split("/")[1], "number": "1"}


def url(deployment: Deployment) -> str:
    return f"https://{deployment.host}:{deployment.web_port}"


class OfThePool(HTTPAdapter):
    """Trusts the deployment's own certificate, which is made out to the pool and not to where it serves."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:  # noqa: ANN401 - as it is elsewhere
        """Make the pool of connections."""
        super().init_poolmanager(*args, assert_hostname=False, **more)


def test_no_input_is_too_strange(deployment: Deployment) -> None:
    place = asyncio.run(furnished(deployment))
    with requests.Session() as session:
        session.mount("https://", OfThePool())
        session.trust_env, session.verify = False, str(deployment.data / "tls" / "certificate.pem")
        own = (deployment.address("alice"), deployment.password("alice"))
        made = session.post(f"{url(deployment)}/api/v1/tokens", auth=own, json={
            "name": "schema", "scopes": ["read", "write", "manage"]})
        session.headers["Authorization"] = f"Bearer {made.json()['token']}"
        schema = schemathesis.openapi.from_dict(session.get(f"{url(deployment)}/api/v1/openapi.json").json())
        operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
        assert len(operations) > 40
        for operation in operations:
            _try(deployment, session, operation, {})
            if "{guid}" in operation.path:
                _try(deployment, session, operation, place)


def _try(deployment: Deployment, session: requests.Session, operation: Any, place: dict[str, str]) -> None:  # noqa: ANN401
    @settings(max_examples=_EXAMPLES, deadline=None, database=None, derandomize=True,
              phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def attempt(case: schemathesis.Case[Any]) -> None:
        case.path_parameters = {**case.path_parameters, **{
            name: value for name, value in place.items() if name in case.path_parameters}}
        answer = case.call(base_url=url(deployment), session=session, verify=session.verify)
        case.validate_response(answer, checks=[
            not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance])
    attempt()
