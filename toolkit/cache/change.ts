/** What a collection's log says was changed: an entry, a tag, or all of it. */

/** `*` is the tag that every value of a collection carries. */
export const everything = "*";

export interface Change {
  readonly kind: "entry" | "tag";
  /** Of the id, or of the tag's name. */
  readonly hash: number;
}

/**
 * FNV-1a, 32 bits, over UTF-8 (Fowler, Noll, Vo; draft-eastlake-fnv). Two names may have one hash: then too much is
 * dropped, never too little.
 */
export function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code > 127) return hashBytes(Buffer.from(name));
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return hash >>> 0;
}

function hashBytes(bytes: Buffer): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** As it is written into the log: `e` or `t`, and the hash in hexadecimal. */
export function changeText({ kind, hash }: Change): string {
  return (kind === "entry" ? "e" : "t") + hash.toString(16);
}

/** `undefined` for what isn't a change, such as the marker of a log that was begun anew. */
export function parseChange(text: string): Change | undefined {
  const hash = Number.parseInt(text.slice(1), 16);
  if (text.startsWith("e")) return { kind: "entry", hash };
  return text.startsWith("t") ? { kind: "tag", hash } : undefined;
}
