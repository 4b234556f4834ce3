/** Ids and tags as callers give them. What isn't a name is refused: it would be taken for one that nothing has. */
import { checkId } from "../redis/keys";
import { kindOf, shown } from "../shown";

/** A copy: the caller may go on with his array meanwhile. @throws TypeError for what is neither an id nor an array of ids */
export function idsFrom(collection: string, ids: string | readonly string[]): readonly string[] {
  if (typeof ids !== "string") checkArray(collection, "ids", ids, "a string or an array of strings");
  const all = typeof ids === "string" ? [ids] : [...ids];
  for (const id of all) checkId(collection, id);
  return all;
}

/** A copy, as of ids. @throws TypeError for what is neither a tag nor an array of tags */
export function tagsFrom(collection: string, tags: string | readonly string[]): readonly string[] {
  if (typeof tags !== "string") checkArray(collection, "tags", tags, "a string or an array of strings");
  const all = typeof tags === "string" ? [tags] : [...tags];
  for (const tag of all)
    if (!isString(tag)) throw new TypeError(`a tag of collection ${collection} is ${shown(tag)}: give a string`);
  return all;
}

/** @throws TypeError */
export function checkArray(collection: string, what: "ids" | "tags", given: unknown, remedy: string): void {
  if (!Array.isArray(given))
    throw new TypeError(`the ${what} of collection ${collection} are ${shown(given)}: give ${remedy}`);
}

/** What `tags` has answered for a value. @throws TypeError for anything but an array of strings */
export function tagsAnswered(collection: string, id: string, answered: unknown): readonly string[] {
  const told = `tags of ${collection} ${id} answered`;
  if (!Array.isArray(answered)) throw new TypeError(`${told} ${kindOf(answered)}: give an array of strings`);
  const all: readonly unknown[] = answered;
  const strings = all.filter(isString);
  if (strings.length < all.length)
    throw new TypeError(`${told} an array with ${shown(all.find((tag) => !isString(tag)))}: give strings alone`);
  return strings;
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}
