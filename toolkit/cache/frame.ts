/**
 * How a value lies in Redis; docs/wire-format.md describes it for other languages.
 *
 * One line of text, `larder2 <soft expiry> <hard expiry> <load ms> <encoding> <versions>`, then the encoded value. The two
 * expiries are stamped by the script that stores the frame, from Redis' clock. A line that this release doesn't
 * understand is a miss, so that an older and a newer release can share a cache.
 */
import { gunzipSync, gzipSync } from "node:zlib";

export const frameMark = "larder2";

/** The versions that a value depends on, by the name of the tag. */
export type Versions = Readonly<Record<string, number>>;

export interface Frame<T> {
  /** `undefined`: the source has no such thing. */
  readonly value: T | undefined;
  /** In Redis' time: until then the value is fresh; afterwards it is stale. */
  readonly softExpiryMs: number;
  /** In Redis' time: after this it isn't served. */
  readonly hardExpiryMs: number;
  /** How long the source took. */
  readonly loadMs: number;
  readonly versions: Versions;
  /** Of the encoded value. */
  readonly bytes: number;
}

/** A longer JSON text is compressed: below it, what is saved on the wire isn't worth the time. */
const compressAboveBytes = 4_096;

/** All of a frame but what the storing script adds: the mark and the two expiries. */
export function encodeFrame(value: unknown, loadMs: number, versions: Versions): Buffer {
  const [encoding, payload] = encodeValue(value);
  return Buffer.concat([Buffer.from(`${Math.round(loadMs)} ${encoding} ${JSON.stringify(versions)}\n`), payload]);
}

function encodeValue(value: unknown): [encoding: string, payload: Buffer] {
  if (value === undefined) return ["none", Buffer.alloc(0)];
  const json = Buffer.from(JSON.stringify(value));
  return json.length > compressAboveBytes ? ["json+gzip", gzipSync(json, { level: 1 })] : ["json", json];
}

/** How a stored frame with these expiries begins; enough to tell it from one that was stored later. */
export function frameHead({
  softExpiryMs,
  hardExpiryMs,
}: Pick<Frame<unknown>, "softExpiryMs" | "hardExpiryMs">): Buffer {
  return Buffer.from(`${frameMark} ${softExpiryMs} ${hardExpiryMs} `);
}

/** Returns `undefined` for what isn't a frame that this release understands. */
export function decodeFrame<T>(frame: Buffer, parse: (json: string) => T): Frame<T> | undefined {
  const lineEnd = frame.indexOf(10);
  const [mark, softExpiry, hardExpiry, loadMs, encoding = "", ...versions] = frame
    .toString("utf8", 0, lineEnd)
    .split(" ");
  if (lineEnd < 0 || mark !== frameMark) return undefined;
  try {
    return {
      value: decodeValue(encoding, frame.subarray(lineEnd + 1), parse),
      softExpiryMs: Number(softExpiry),
      hardExpiryMs: Number(hardExpiry),
      loadMs: Number(loadMs),
      versions: parseVersions(versions.join(" ")),
      bytes: frame.length - lineEnd - 1,
    };
  } catch {
    return undefined; // cut short, or of an encoding that a later release has
  }
}

function decodeValue<T>(encoding: string, payload: Buffer, parse: (json: string) => T): T | undefined {
  switch (encoding) {
    case "none":
      return undefined;
    case "json":
      return parse(payload.toString("utf8"));
    case "json+gzip":
      return parse(gunzipSync(payload).toString("utf8"));
    default:
      throw new TypeError(`unknown encoding ${encoding}`);
  }
}

const parseVersions: (json: string) => Versions = JSON.parse;
