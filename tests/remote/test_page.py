"""The page on buckets and clusters works as shown, with a bucket, a web server and a cluster on this machine."""

import dataclasses
from pathlib import Path

import pytest

from tests import pages, snippets
from tests.clusters import running_cluster

PAGE = pages.PROJECT / "docs" / "how-to" / "s3-and-dask.md"


@pytest.mark.usefixtures("s3")
def test_the_page_works_as_shown(nginx: str, tmp_path: Path) -> None:
    with running_cluster(tmp_path) as cluster:
        here = {
            "s3://bucket/": "s3://mrnet/data/",
            "https://host": nginx,
            "tcp://host:8786": cluster.address,
        }
        for block in snippets.blocks_of(PAGE):
            text = block.text
            for shown, address in here.items():
                text = text.replace(shown, address)
            if not block.left_out:
                snippets.run_block(dataclasses.replace(block, text=text), tmp_path, {})
