"""AWS as it is served to any client, without an engine."""

import http.client

import pytest
from documents import allow

READ = {"Version": "2012-10-17", "Statement": [allow(["s3:GetObject"])]}


@pytest.mark.slow
def test_no_answer_is_lost_whatever_a_request_carries(cloud):
    """A thousand on one connection, each of more than Go's SDK reads at once, to requests that moto doesn't read."""
    cloud.create_role("web", policies={f"{number}": READ for number in range(20)})
    connection = http.client.HTTPConnection(cloud.url.removeprefix("http://"))
    lengths = set()
    for _ in range(1000):
        connection.request("GET", "/moto-api/data.json", body="left" * 1000)
        lengths.add(len(connection.getresponse().read()))
    connection.close()

    assert len(lengths) == 1
    assert lengths.pop() > 4096


def test_a_provider_is_in_the_region_that_a_program_gives_it(cloud):
    assert [cloud.connect(config).region for config in ({"region": "us-east-1"}, {})] == ["us-east-1", cloud.region]
