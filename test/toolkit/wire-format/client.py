"""A client of Larder's cache in Python, made from docs/wire-format.md alone.

Standard input brings requests, a line of JSON each: the name of a method of Collection, or "decode", and its
arguments. Standard output gets a line of JSON with each answer. The environment says where Redis is.
"""
import base64
import gzip
import json
import os
import pathlib
import re
import secrets
import sys

import redis
from redis.cluster import RedisCluster

document = pathlib.Path(__file__).parents[3].joinpath("docs/wire-format.md").read_text("utf-8")
scripts = {name: text for text, name in re.findall(r"```lua\n(-- (\w+):[^`]*)```", document)}


def segment(name):
    return re.sub("[%:{}]", lambda found: "%%%02X" % ord(found[0]), name)


def fnv1a(name):
    value = 0x811C9DC5
    for byte in name.encode():
        value = (value ^ byte) * 0x01000193 % 2**32
    return "%x" % value


def decode(frame):
    """None for what isn't a frame that we understand. Without "value", the source has no such thing."""
    line, _, payload = frame.partition(b"\n")
    mark, _, rest = line.partition(b" ")
    if mark != b"larder2":
        return None
    soft, hard, load_ms, encoding, versions = rest.split(b" ", 4)
    decoders = {
        b"none": lambda: {},
        b"json": lambda: {"value": json.loads(payload)},
        b"json+gzip": lambda: {"value": json.loads(gzip.decompress(payload))},
    }
    if encoding not in decoders:
        return None
    return {
        "softExpiryMs": int(soft),
        "hardExpiryMs": int(hard),
        "loadMs": int(load_ms),
        "versions": json.loads(versions),
        **decoders[encoding](),
    }


def encode(load_ms, versions, value):
    """A frame without what `fill` puts before it. `value` is empty, or holds the one value that there is."""
    line = lambda encoding: f"{load_ms} {encoding} {json.dumps(versions)}\n".encode()
    if not value:
        return line("none")
    payload = json.dumps(value[0]).encode()
    return line("json") + payload if len(payload) < 1000 else line("json+gzip") + gzip.compress(payload)


class Collection:
    def __init__(self, client, name):
        self.redis = client
        self.name = segment(name)
        self.log = f"larder:cache2:{{{self.name}}}:log"

    def entry(self, id):
        return f"larder:cache2:{{{self.name}:{segment(id)}}}"

    def lease(self, id):
        return f"{self.entry(id)}:lease"

    def version(self, tag):
        return f"larder:cache2:{{{self.name}}}:version:{tag}"

    def run(self, script, keys, *args):
        return self.redis.eval(scripts[script], len(keys), *keys, *args)

    def read(self, id):
        stored = self.redis.get(self.entry(id))
        frame = stored and decode(stored)
        if not frame:
            return {"state": "miss"}
        for tag, version in frame["versions"].items():
            if self.redis.get(self.version(tag)) != str(version).encode():
                return {"state": "outdated"}
        now = frame["hardExpiryMs"] - self.redis.pttl(self.entry(id))
        value = {"value": frame["value"]} if "value" in frame else {}
        return {"state": "fresh" if now < frame["softExpiryMs"] else "stale", **value}

    def acquire(self, id):
        token = secrets.token_hex(16)
        if self.redis.set(self.lease(id), token, nx=True, px=5000):
            return {"state": "acquired", "token": token}
        holder = self.redis.get(self.lease(id)) or b""
        return {"state": "failed", "reason": holder[1:].decode()} if holder[:1] == b"!" else {"state": "held"}

    def versions(self, tags):
        found = self.run("versions", [self.version(tag) for tag in tags])
        return {tag: int(version) for tag, version in zip(tags, found)}

    def fill(self, id, token, versions, soft_ms, hard_ms, *value):
        rest = encode(1, versions, value)
        return self.run("fill", [self.entry(id), self.lease(id)], token, soft_ms, hard_ms, rest) == 1

    def fail(self, id, token, name):
        self.run("fail", [self.lease(id)], token, name)

    def release(self, id, token):
        self.run("release", [self.lease(id)], token)

    def invalidate(self, id):
        self.redis.unlink(self.entry(id), self.lease(id))
        self.run("append", [self.log], "e" + fnv1a(id), secrets.token_hex(6))

    def outdate(self, tag):
        self.run("outdate", [self.version(tag), self.log], "t" + fnv1a(tag), secrets.token_hex(6))


settings = json.loads(os.environ["LARDER_WIRE_FORMAT"])
connect = RedisCluster if settings["mode"] == "cluster" else redis.Redis
collection = Collection(connect(**settings["address"]), settings["collection"])

for request in sys.stdin:
    method, *arguments = json.loads(request)
    answer = decode(base64.b64decode(arguments[0])) if method == "decode" else getattr(collection, method)(*arguments)
    print(json.dumps(answer), flush=True)
