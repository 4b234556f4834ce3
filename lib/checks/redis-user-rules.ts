/** Who may sign in, and how: users, their groups, and serverless caches, which have nothing else. */
import { isDeepStrictEqual } from "node:util";
import * as z from "zod/mini";
import { mistake, type RedisMistake, shown } from "./redis-mistake";
import type { TemplateResource, Templates } from "./templates";

export function* checkUser({ properties: of }: TemplateResource): Generator<RedisMistake> {
  const { Type: type } = AuthenticationMode.safeParse(of.AuthenticationMode).data ?? {};
  const without = of.NoPasswordRequired === true || type === "no-password-required";
  if (type === undefined && !without && of.Passwords === undefined)
    yield mistake(
      "user-authentication",
      "AuthenticationMode",
      `AuthenticationMode is ${shown(of.AuthenticationMode)}: write { Type: "iam" }, with a capital T, or AWS refuses it`,
    );
  if (type === "iam" && !isDeepStrictEqual(of.UserId, of.UserName))
    yield mistake(
      "user-name",
      "UserName",
      `UserName is ${shown(of.UserName)} and UserId ${shown(of.UserId)}: make them the same, or nobody can sign in with IAM`,
    );
  const disabled = typeof of.AccessString === "string" && of.AccessString.startsWith("off ");
  if (without && !(disabled && of.Engine === "redis"))
    yield mistake(
      "no-password",
      "AuthenticationMode",
      `the user ${shown(of.UserName)} signs in without a proof: use { Type: "iam" }, or for the default user of redis an AccessString that begins with "off"`,
    );
}

const AuthenticationMode = z.object({ Type: z.optional(z.string()) });

/** The users of a replication group. */
export function* checkUsersOf(group: TemplateResource, templates: Templates): Generator<RedisMistake> {
  const { Engine: engine, UserGroupIds: references } = group.properties;
  for (const reference of Array.isArray(references) ? references : []) {
    const users = templates.behind(reference, group.templatePath)?.properties;
    if (engine === "redis" && users && users.Engine !== engine)
      yield mistake(
        "user-group-engine",
        "UserGroupIds",
        `the user group is of the engine ${shown(users.Engine)}: ${shown(engine)} takes only groups of its own`,
      );
  }
}

export function* checkUserGroup(group: TemplateResource, templates: Templates): Generator<RedisMistake> {
  const { Engine: engine, UserIds: references } = group.properties;
  const users = (Array.isArray(references) ? references : []).map(
    (reference) => templates.behind(reference, group.templatePath)?.properties,
  );
  for (const user of users)
    if (user && user.Engine !== engine)
      yield mistake(
        "user-engine",
        "UserIds",
        `the user ${shown(user.UserName)} is of the engine ${shown(user.Engine)} in a group of ${shown(engine)}: use one engine for both`,
      );
  const complete = users.every((user) => user !== undefined);
  if (engine === "redis" && complete && !users.some((user) => user.UserName === "default"))
    yield mistake(
      "default-user",
      "UserIds",
      `no user of the group is named "default": add one that is off, since AWS refuses a group of redis without it`,
    );
}

export function* checkServerlessCache({ properties: of }: TemplateResource): Generator<RedisMistake> {
  if (of.UserGroupId === undefined)
    yield mistake(
      "user-group",
      "UserGroupId",
      `UserGroupId is ${shown(of.UserGroupId)}: name a user group, or whoever reaches the cache may do everything`,
    );
}
