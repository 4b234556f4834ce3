import { failureReason } from "@larder/toolkit";

/** What no reason may have in it. */
const secret = "ann@example.com";

const coded = (code: unknown, cause?: unknown) => Object.assign(new Error(secret, { cause }), { code });
const endless = new Error(secret);
endless.cause = endless;
class MailboxError extends Error {
  override readonly name = "MailboxError";
  readonly code = "mailbox-full";
}

it.each<[string, unknown]>([
  ["Error", new Error(secret)],
  ["MailboxError mailbox-full", new MailboxError(secret)],
  ["Error 23505", coded("23505")],
  ["Error 550", coded(550)],
  ["Error", coded({ secret })],
  ["TypeError, caused by Error ECONNREFUSED", new TypeError(secret, { cause: coded("ECONNREFUSED") })],
  ["Error", new Error(secret, { cause: secret })],
  ["Error, caused by Error, caused by Error, caused by Error", endless],
  ["a thrown string", secret],
  ["a thrown object", { name: secret, message: secret }],
  ["a thrown undefined", undefined],
  ["a thrown object", null],
])("of a failure it says %s, and nothing of what its message holds", (reason, thrown) => {
  expect(failureReason(thrown)).toEqual(reason);
});
