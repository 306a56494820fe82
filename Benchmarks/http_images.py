"""A 10 MB image as base64 in JSON against the same bytes as multipart."""

import base64
import http.client
import random
import time

from http_server import ours
from report import publish, samples

ROUNDS = 15
BOUNDARY = "image-boundary"


def ask(client, body, content_type):
    """Sends a body; returns how long the answer took."""
    started = time.monotonic()
    client.request("POST", "/image", body, {"Content-Type": content_type})
    answer = client.getresponse()
    text = answer.read()
    if answer.status != 200 or text != b'{"bytes":10000000}':
        raise SystemExit(f"/image: {answer.status} {text}")
    return time.monotonic() - started


image = random.Random(7).randbytes(10_000_000)
text = b'{"image":"' + base64.b64encode(image) + b'"}'
head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n'
parts = head.encode() + image + f"\r\n--{BOUNDARY}--\r\n".encode()

times = []
with ours() as server:
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for turn in range(ROUNDS + 2):
        json_time = ask(client, text, "application/json")
        multipart_time = ask(client, parts, f"multipart/form-data; boundary={BOUNDARY}")
        # The first turns pay for memory that later ones find.
        if turn >= 2:
            times.append((json_time, multipart_time))
    client.close()

middle = sorted(times)[len(times) // 2]
samples(
    "http_json_image",
    [json_time / multipart_time for json_time, multipart_time in times],
    "x",
    bar=1.3,
    note=f"JSON {middle[0] * 1000:.0f} ms, multipart {middle[1] * 1000:.0f} ms",
)
publish()
