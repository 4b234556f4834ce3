import { randomFillSync } from "node:crypto";
import { idLength } from "./usage-script";

/** Six random bytes in base64 are eight characters: two of the last sixteen charges of a subject never have one id. */
const bytesOfId = (idLength / 4) * 3;
const pool = Buffer.alloc(bytesOfId * 512);
let used = pool.length;

/** Random bytes are cheap only many at a time. */
export function newChargeId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytesOfId;
  return pool.toString("base64", used - bytesOfId, used);
}

/** The one of a charge's refund: the same each time, and no charge's. */
export function refundId(chargeId: string): string {
  return `${chargeId.slice(1)}-`; // base64 has no dash
}
