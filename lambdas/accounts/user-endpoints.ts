import type { Identity } from "#contract/identity";
import { NewUser, UserChange, UserPath } from "#contract/users";
import { callerAddress } from "#platform/caller-address";
import { ConflictError, NotAllowedError, NotFoundError } from "#platform/errors";
import type { Routes } from "#platform/http-function";
import { identityOf } from "#platform/identity";
import { deniedAnswer } from "#platform/limit-answer";
import type { AccountsServices } from "./services";

export const routes: Routes<AccountsServices> = (app, { users, logins, userChanges, passwordLimits }) => {
  app.post(
    "/users",
    async ({ valid }) => {
      const user = await logins.signUp(valid.req.body);
      // Without a way to send mail nothing else can be said; limits make it slow to try many addresses.
      if (user === undefined) throw new ConflictError("somebody has that e-mail already");
      return Response.json(user, { status: 201, headers: { location: `/users/${user.id}` } });
    },
    { validation: { req: { body: NewUser } } },
  );

  app.get(
    "/users/:id",
    async ({ valid, event }) => {
      const { id } = valid.req.path;
      requireSelfOrAdmin(identityOf(event), id);
      const { value, tier } = await users.lookup(id);
      if (value === undefined) throw new NotFoundError(`there is no user ${id}`);
      return Response.json(value, { headers: { "x-cache": tier } });
    },
    { validation: { req: { path: UserPath } } },
  );

  app.patch(
    "/users/:id",
    async ({ valid, event }) => {
      const { id } = valid.req.path;
      const { currentPassword, ...change } = valid.req.body;
      const identity = identityOf(event);
      requireSelfOrAdmin(identity, id);
      const isSelf = identity.userId === id;
      if (change.role !== undefined && (isSelf || identity.role !== "admin"))
        throw new NotAllowedError("an administrator gives roles, and not to themselves");
      const self = isSelf ? { sessionId: identity.sessionId, currentPassword } : undefined;
      // With a stolen token, too, a password is tried no more often than without.
      const email = isSelf && change.password !== undefined ? (await users.get(id))?.email : undefined;
      const attempt = email && { email, address: callerAddress(event) };
      const decision = attempt ? await passwordLimits.admit(attempt) : undefined;
      if (decision?.allowed === false) return deniedAnswer(decision);
      const result = await userChanges.change(id, change, self);
      switch (result.outcome) {
        case "changed":
          if (attempt) await passwordLimits.rightPassword(attempt);
          return Response.json(result.user);
        case "no-such-user":
          throw new NotFoundError(`there is no user ${id}`);
        case "no-login":
          throw new ConflictError(`user ${id} has no e-mail to sign in with, so a password would be good for nothing`);
        case "wrong-password":
          if (attempt) await passwordLimits.wrongPassword(attempt);
          throw new NotAllowedError("a new password takes the current one with it, as currentPassword");
      }
    },
    { validation: { req: { path: UserPath, body: UserChange } } },
  );

  app.delete(
    "/users/:id",
    async ({ valid, event }) => {
      const { id } = valid.req.path;
      requireSelfOrAdmin(identityOf(event), id);
      const outcome = await userChanges.remove(id);
      if (outcome === "no-such-user") throw new NotFoundError(`there is no user ${id}`);
      if (outcome === "order-pending")
        throw new ConflictError("an order of theirs isn't decided yet: try again in a minute");
      return new Response(null, { status: 204 });
    },
    { validation: { req: { path: UserPath } } },
  );
};

/** Before anything is looked up: whether there is such a user is told to nobody else. */
function requireSelfOrAdmin({ userId, role }: Identity, id: string): void {
  if (userId !== id && role !== "admin")
    throw new NotAllowedError("this is for the user themselves and administrators");
}
