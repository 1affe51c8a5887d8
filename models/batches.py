"""Which examples go through an encoder together."""

from collections.abc import Iterator, Sequence


def batches_by_length(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Indices in batches of about equal lengths, the longest first, so that little is padded.

    Args:
        lengths: Of the inputs, in tokens.
        batch_tokens: Tokens a batch, padding included; a longer input is a batch of its own.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > batch_tokens:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
