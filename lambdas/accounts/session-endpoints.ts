import type { SessionList, SignedIn } from "#contract/sessions";
import { SignIn } from "#contract/users";
import { bearerToken } from "#platform/bearer-token";
import { callerAddress } from "#platform/caller-address";
import { WrongCredentialsError } from "#platform/errors";
import type { Routes } from "#platform/http-function";
import { identityOf } from "#platform/identity";
import { deniedAnswer } from "#platform/limit-answer";
import type { AccountsServices } from "./services";

export const routes: Routes<AccountsServices> = (app, { logins, sessions, passwordLimits }) => {
  app.post(
    "/sessions",
    async ({ valid, event }) => {
      const attempt = { email: valid.req.body.email, address: callerAddress(event) };
      const decision = await passwordLimits.admit(attempt);
      if (!decision.allowed) return deniedAnswer(decision);
      const signedIn = await logins.signIn(valid.req.body, bearerToken(event.headers));
      if (signedIn === undefined) {
        await passwordLimits.wrongPassword(attempt);
        throw new WrongCredentialsError("nobody has that e-mail and password");
      }
      await passwordLimits.rightPassword(attempt);
      const { token, session, user } = signedIn;
      const answer: SignedIn = { token, expiresAt: isoTime(session.expiresAtMs), user };
      return Response.json(answer, { status: 201 });
    },
    { validation: { req: { body: SignIn } } },
  );

  app.get("/sessions", async ({ event }) => {
    const { userId, sessionId } = identityOf(event);
    const owner = await logins.ownerOf(userId);
    const listed = owner === undefined ? [] : await sessions.list(owner);
    const answer: SessionList = {
      items: listed.map(({ id, createdAtMs, lastSeenAtMs, expiresAtMs }) => ({
        id,
        current: id === sessionId,
        createdAt: isoTime(createdAtMs),
        lastSeenAt: isoTime(lastSeenAtMs),
        expiresAt: isoTime(expiresAtMs),
      })),
    };
    return Response.json(answer);
  });

  app.delete("/sessions/current", async ({ event }) => {
    const token = bearerToken(event.headers);
    if (token !== undefined) await sessions.destroy(token);
    return new Response(null, { status: 204 });
  });

  app.delete("/sessions", async ({ event }) => {
    const owner = await logins.ownerOf(identityOf(event).userId);
    // Without one the user has been deleted, and all sessions with them.
    if (owner !== undefined) await sessions.destroyAll(owner);
    return new Response(null, { status: 204 });
  });
};

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
