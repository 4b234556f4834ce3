/**
 * What a signed-in client holds: `<slot>.<secret>`. The slot leads to the user's sessions, 32 random bytes are the secret.
 * Redis knows a session by the SHA-256 of its token, so whoever reads Redis can't sign in with what lies there.
 */
import { createHash, randomBytes } from "node:crypto";

/** Where a token's session lies. */
export interface SessionPlace {
  readonly slot: string;
  readonly id: string;
}

const slotBytes = 12;
const secretBytes = 32;
const slotForm = /^[\w-]{16}$/;
const tokenForm = /^([\w-]{16})\.[\w-]{43}$/;
const idForm = /^[\w-]{43}$/;

/** A slot for a new user, to be kept with the user's record. It is random, so that a token tells nothing of its user. */
export function newSessionSlot(): string {
  return randomBytes(slotBytes).toString("base64url");
}

/** Throws a TypeError for what `newSessionSlot` can't have made. */
export function checkSlot(slot: string): void {
  if (!slotForm.test(slot))
    throw new TypeError(
      `the session slot ${JSON.stringify(slot)} isn't one: keep what newSessionSlot made with the user`,
    );
}

export function newToken(slot: string): string {
  return `${slot}.${randomBytes(secretBytes).toString("base64url")}`;
}

/** `undefined` for what no token looks like. */
export function placeOf(token: string): SessionPlace | undefined {
  const slot = tokenForm.exec(token)?.[1];
  return slot === undefined ? undefined : { slot, id: idOf(token) };
}

export function idOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

export function isSessionId(text: string): boolean {
  return idForm.test(text);
}
