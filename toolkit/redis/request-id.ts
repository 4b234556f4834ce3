/**
 * Ids of changes, by which a script knows one that it has made already: short, since each record keeps the last sixteen.
 */
import { randomFillSync } from "node:crypto";

/** In characters of base64, six random bytes: no two of sixteen are ever the same. */
export const requestIdLength = 8;
export const rememberedRequests = 16;

const bytesOfId = (requestIdLength / 4) * 3;
const pool = Buffer.alloc(bytesOfId * 512);
let used = pool.length;

/** Random bytes are cheap only many at a time. */
export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytesOfId;
  return pool.toString("base64", used - bytesOfId, used);
}
