/**
 * How a value lies in Redis: one character for the format, then JSON. A format that this release doesn't know is a miss,
 * so that an older and a newer release can share a cache.
 */
const json = "1";

export function encodeFrame(value: unknown): string {
  return json + JSON.stringify(value);
}

/** Returns `undefined` for what isn't a frame of a known format. */
export function decodeFrame<T>(frame: string, parse: (json: string) => T): T | undefined {
  if (!frame.startsWith(json)) return undefined;
  try {
    return parse(frame.slice(json.length));
  } catch {
    return undefined; // cut short or written by something else
  }
}
