"""Log lines on their way to CloudWatch. They may get lost there, but they hold nobody up."""

import logging
import sys

import watchtower
from torii_ec2 import machine


class Handler(watchtower.CloudWatchLogHandler):
    """Sends from a thread of its own, in batches; a batch that fails is dropped."""

    FLUSH_TIMEOUT = 5  # seconds that the end of the hub may wait for it

    def __deepcopy__(self, memo):
        return self  # JupyterHub copies its configuration, and a thread cannot be copied


def handler(stream):
    """A handler that writes to a stream of the hub's log group."""
    try:
        # Short limits and one try: while CloudWatch is away, lines must not pile up.
        logs = machine.client("logs", connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1})
        to = Handler(
            machine.instance().LogGroup,
            stream,
            boto3_client=logs,
            create_log_group=False,
            send_interval=5,
        )
    except Exception as e:
        print(f"no log lines to CloudWatch: {e}", file=sys.stderr, flush=True)
        return logging.NullHandler()
    to.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    return to


def main(stream, line):
    log = logging.Logger("torii")
    to = handler(stream)
    to.setFormatter(logging.Formatter())  # the line as it is
    log.addHandler(to)
    log.info(line)
    logging.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
