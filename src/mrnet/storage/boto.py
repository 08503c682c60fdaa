"""What boto3 does for S3, and obstore does not: credentials of a profile, and the listing of keys such as `a//b`."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from mrnet.errors import MissingExtraError, UnreadableFileError
from mrnet.storage.places import without_secrets

S3 = {"s3", "s3a"}


def credentials(scheme: str) -> Callable[[], Any] | None:
    """Return a provider of S3 credentials from a profile; None if obstore finds them in the environment itself.

    Raises:
        MissingExtraError: a profile is named, and boto3, which reads profiles, is not installed.
        UnreadableFileError: the profile cannot be used.
    """
    if scheme not in S3 or any(os.environ.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SKIP_SIGNATURE")):
        return None
    try:
        from botocore.exceptions import BotoCoreError
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ImportError:
        if os.environ.get("AWS_PROFILE"):
            from mrnet.installation import command_to_add

            raise MissingExtraError(
                f"AWS_PROFILE is set, and boto3 reads profiles: {command_to_add(['boto3'])}"
            ) from None
        return None
    try:
        return Boto3CredentialProvider()
    except BotoCoreError as error:
        raise UnreadableFileError(f"the credentials cannot be used: {error}") from None
    except ValueError:
        return None


def pages(address: str, odd: str) -> Iterator[Iterable[tuple[str, int]]]:
    """Yield the paths below an address and the files' lengths, page by page.

    Args:
        address: of a bucket or a folder in it.
        odd: a key that obstore refuses, for the message if boto3 is not installed.

    Raises:
        UnreadableFileError: boto3 is not installed, or cannot list the files.
    """
    try:
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config
    except ImportError:
        raise UnreadableFileError(
            f"a key here has an empty part ({odd}), which only boto3 can list: pip install boto3, or rename the key"
        ) from None
    from botocore.exceptions import BotoCoreError, ClientError

    parts = urlsplit(address)
    prefix = f"{unquote(parts.path).strip('/')}/".removeprefix("/")
    config = Config(
        signature_version=UNSIGNED if os.environ.get("AWS_SKIP_SIGNATURE") else None,
        connect_timeout=5,
        read_timeout=7,
    )
    try:
        client = boto3.client("s3", endpoint_url=os.environ.get("AWS_ENDPOINT_URL") or None, config=config)
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=parts.netloc, Prefix=prefix):
            yield ((each["Key"].removeprefix(prefix), each["Size"]) for each in page.get("Contents", ()))
    except (BotoCoreError, ClientError) as error:
        raise UnreadableFileError(without_secrets(str(error))) from None
