/**
 * Every key that Larder writes is built here: `larder:<feature and format>:{<what must lie together>}`.
 *
 * The part in braces decides the slot in a cluster. A change of what a key holds changes the number in its prefix, so
 * that two releases can share one Redis.
 */
const entryPrefix = "larder:cache1:";

/** The key of one cached value. */
export function entryKey(collection: string, id: string): string {
  return `${entryPrefix}{${segment(collection)}:${segment(id)}}`;
}

/** Keeps a name from ending the braces or reaching into the next segment. */
function segment(name: string): string {
  if (name === "") throw new TypeError("a key needs a name that isn't empty");
  if (!name.isWellFormed())
    throw new TypeError(`the name ${JSON.stringify(name)} isn't valid Unicode: encode it first`);
  return name.replace(/[%:{}]/g, encodeURIComponent);
}
