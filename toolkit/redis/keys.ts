/**
 * Every key that Larder writes is built here: `larder:<feature and format>:{<what must lie together>}<part>`.
 *
 * The text in braces decides the slot in a cluster. A change of what a key holds changes the number in its prefix, so that
 * two releases can share one Redis.
 */
const prefix = "larder:cache2:";

/** The keys of one cached value. They lie in one slot, so a script may take them together. */
export interface EntrySlot {
  /** The frame. */
  readonly entry: string;
  /** The token of whoever may load the value now. */
  readonly lease: string;
  /** The last frame that was loaded under a lease that fell, headed by its token. */
  readonly handoff: string;
}

export function entrySlot(collection: string, id: string): EntrySlot {
  const entry = `${prefix}{${segment(collection)}:${segment(id)}}`;
  return { entry, lease: `${entry}:lease`, handoff: `${entry}:handoff` };
}

/** The keys of a whole collection, in a slot of their own. */
export interface CollectionSlot {
  /** The changes of its entries and tags, the newest last. */
  readonly log: string;
  /** The version of one of its tags. */
  readonly version: (tag: string) => string;
}

export function collectionSlot(collection: string): CollectionSlot {
  const slot = `${prefix}{${segment(collection)}}`;
  return { log: `${slot}:log`, version: (tag) => `${slot}:version:${tag}` };
}

/** Keeps a name from ending the braces or reaching into the next segment. */
function segment(name: string): string {
  if (name === "") throw new TypeError("a key needs a name that isn't empty");
  if (!name.isWellFormed())
    throw new TypeError(`the name ${JSON.stringify(name)} isn't valid Unicode: encode it first`);
  return name.replace(/[%:{}]/g, encodeURIComponent);
}
