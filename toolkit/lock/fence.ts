/**
 * Checks for whatever a lock protects: a write under an older token is refused, however late it comes.
 *
 * What is written keeps the token and the holder of its last write. A greater token may write; the same token may with the same
 * holder, since after a failover two holders could have got the same one.
 */
import type { LeaseId } from "./hold";
import { checkWholeNumber } from "../whole-number";
import { memoryMs } from "./lock-script";

/** PostgreSQL takes no more in one statement. */
const mostParameters = 65_535;

/**
 * Lua for a script of your own that changes what a lock protects in Redis: defines `passes(key, token, holder)`. `key` is
 * one of the script's, and holds the last token: a key beside the protected one, with the same hash tag.
 *
 *     if not passes(KEYS[2], ARGV[1], ARGV[2]) then return 0 end
 *
 * The key lives for seven days after the last write; no lease lasts nearly as long.
 */
export const fencedScriptPrelude = `local function passes(key, token, holder)
  local last, lastHolder = string.match(redis.call('GET', key) or '0 ', '^(%d+) (.*)$')
  if tonumber(token) < tonumber(last) or (token == last and holder ~= lastHolder) then return false end
  redis.call('SET', key, token .. ' ' .. holder, 'PX', ${memoryMs})
  return true
end
`;

/**
 * The condition of an `UPDATE` of what a lock protects, whose row has the columns `fence_token bigint` and `fence_holder text`:
 * true unless a later holder has written. The same statement sets both columns, by the parameters of `fenceValues`.
 *
 * @param firstParameter the number of the first of the two
 * @throws RangeError that shows it, if it is none: it becomes a part of the statement
 */
export function fencePredicate(firstParameter: number): string {
  checkWholeNumber("firstParameter", firstParameter, 1, mostParameters - 1);
  const [token, holder] = [`$${firstParameter}::bigint`, `$${firstParameter + 1}::text`];
  return `(fence_token < ${token} OR (fence_token = ${token} AND fence_holder = ${holder}))`;
}

export function fenceValues({ token, holder }: LeaseId): readonly [token: number, holder: string] {
  return [token, holder];
}
