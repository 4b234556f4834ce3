import { checkName } from "../redis/keys";
import type { SessionOwner } from "./session";
import { checkSlot } from "./session-token";

/** @throws TypeError that shows what can't be of an owner: a session of theirs couldn't be read back */
export function checkOwner({ userId, slot }: SessionOwner): void {
  checkName(userId, "userId");
  checkSlot(slot);
}
