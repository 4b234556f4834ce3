/**
 * How a value lies in Redis; docs/wire-format.md describes it for other languages.
 *
 * One line of text, `larder2 <soft expiry> <hard expiry> <load ms> <encoding> <versions>`, then the encoded value. The two
 * expiries are stamped by the script that stores the frame, from Redis' clock. A line that this release doesn't
 * understand is a miss, so that an older and a newer release can share a cache: so is a value of another shape, whose number
 * follows the encoding, from 2 on.
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
  /** About as many as the frame has, or would have if it weren't compressed. */
  readonly bytes: number;
}

/** A longer JSON text is compressed: below it, what is saved on the wire isn't worth the time. */
const compressAboveBytes = 4_096;

/** Of the line before the value. */
const headBytes = 64;

export function frameBytes(json: string | undefined): number {
  return headBytes + (json?.length ?? 0);
}

/** All of a frame but what the storing script adds: the mark and the two expiries. Without JSON, the source has no such thing. */
export function encodeFrame(json: string | undefined, loadMs: number, versions: Versions, shape = 1): Buffer {
  const [encoding, payload] = encodePayload(json);
  const head = `${Math.round(loadMs)} ${encoding}${shapeMark(shape)} ${JSON.stringify(versions)}\n`;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** Releases that know of no shapes take it for an encoding that they don't have. */
function shapeMark(shape: number): string {
  return shape === 1 ? "" : `;${shape}`;
}

function encodePayload(json: string | undefined): [encoding: string, payload: Buffer] {
  if (json === undefined) return ["none", Buffer.alloc(0)];
  const payload = Buffer.from(json);
  return payload.length > compressAboveBytes ? ["json+gzip", gzipSync(payload, { level: 1 })] : ["json", payload];
}

/** How a stored frame with these expiries begins; enough to tell it from one that was stored later. */
export function frameHead({
  softExpiryMs,
  hardExpiryMs,
}: Pick<Frame<unknown>, "softExpiryMs" | "hardExpiryMs">): Buffer {
  return Buffer.from(`${frameMark} ${softExpiryMs} ${hardExpiryMs} `);
}

/** Returns `undefined` for what isn't a frame that this release understands, with a value of this shape. */
export function decodeFrame<T>(frame: Buffer, parse: (json: string) => T, shape = 1): Frame<T> | undefined {
  const lineEnd = frame.indexOf(10);
  if (lineEnd < 0) return undefined;
  const [, softExpiry, hardExpiry, loadMs, encoding = "", versions = ""] =
    headLine.exec(frame.toString("utf8", 0, lineEnd)) ?? [];
  try {
    const json = decodeJson(encoding, shapeMark(shape), frame, lineEnd + 1);
    return {
      value: json === undefined ? undefined : parse(json),
      softExpiryMs: Number(softExpiry),
      hardExpiryMs: Number(hardExpiry),
      loadMs: Number(loadMs),
      versions: parseVersions(versions),
      bytes: frameBytes(json),
    };
  } catch {
    return undefined; // cut short, or of an encoding or a shape that another release has
  }
}

const headLine = new RegExp(`^${frameMark} (\\S+) (\\S+) (\\S+) (\\S+) (.*)$`);

function decodeJson(encoding: string, mark: string, frame: Buffer, start: number): string | undefined {
  switch (encoding) {
    case `none${mark}`:
      return undefined;
    case `json${mark}`:
      return frame.toString("utf8", start);
    case `json+gzip${mark}`:
      return gunzipSync(frame.subarray(start)).toString("utf8");
    default:
      throw new TypeError(`unknown encoding ${encoding}`);
  }
}

/** Most values have the same versions as some others: those share one object, for each process keeps many. */
const sharedVersions = new Map<string, Versions>();
const mostSharedVersions = 1_000;

function parseVersions(text: string): Versions {
  const shared = sharedVersions.get(text);
  if (shared !== undefined) return shared;
  if (sharedVersions.size >= mostSharedVersions) sharedVersions.clear();
  const versions = parseJson(text);
  sharedVersions.set(text, versions);
  return versions;
}

/** The same versions, as one object with those of other values. */
export function shared(versions: Versions): Versions {
  return parseVersions(JSON.stringify(versions));
}

const parseJson: (json: string) => Versions = JSON.parse;
