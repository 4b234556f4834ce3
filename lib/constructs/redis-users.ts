import * as elasticache from "aws-cdk-lib/aws-elasticache";
import { Construct } from "constructs";
import type { RedisEngine } from "./redis-settings";
import { ValidationError } from "./validation-error";

export interface RedisUsersProps {
  readonly engine: RedisEngine;
  /** Start of the ids, unique in account and region. The engine follows: changing it must make new users. */
  readonly name: string;
  /** What the user for any client may do, in the language of Redis ACLs. */
  readonly accessString: string;
  /** Users beside that one. */
  readonly roles: readonly { readonly role: string; readonly accessString: string }[];
}

/** ElastiCache's, of the users of one group. */
const mostUsers = 100;
const longestId = 40;

/** The users of one Redis group: one for any client and one for each role, all of whom prove themselves with IAM; nobody else. */
export class RedisUsers extends Construct {
  /** Of the user for any client. */
  readonly userId: string;
  readonly userGroupId: string;
  private readonly ofRoles: ReadonlyMap<string, string>;

  constructor(scope: Construct, id: string, { engine, name, accessString, roles }: RedisUsersProps) {
    super(scope, id);
    const mistakes = [...findUserMistakes(name, roles)];
    if (mistakes.length > 0) throw new ValidationError(mistakes.join("; "), this);
    const makeUser = (constructId: string, userId: string, rules: string) =>
      new elasticache.CfnUser(this, constructId, {
        engine,
        userId,
        userName: userId, // ElastiCache wants the id and the name of an IAM user to be the same
        accessString: rules,
        authenticationMode: { Type: "iam" }, // an untyped property: a lower-case `type` fails only at deploy
      });
    const app = makeUser("App", `${name}-${engine}`, accessString);
    const ofRoles = roles.map(
      ({ role, ...user }) => [role, makeUser(`Role-${role}`, roleId(name, engine, role), user.accessString)] as const,
    );
    const users = [app, ...ofRoles.map(([, user]) => user)];

    if (engine === "redis") {
      // A Redis group must hold a user named `default`, and the one AWS offers lets everybody in. Valkey needs none.
      const off = new elasticache.CfnUser(this, "DisabledDefault", {
        engine,
        userId: `${name}-${engine}-default`,
        userName: "default",
        accessString: "off ~* -@all",
        authenticationMode: { Type: "no-password-required" },
      });
      users.push(off);
    }
    // One after the other: while ElastiCache changes a user it may refuse changes of others of the same group.
    for (const [at, user] of users.entries()) {
      const before = users[at - 1];
      if (before !== undefined) user.addResourceDependency(before);
    }

    const group = new elasticache.CfnUserGroup(this, "Group", {
      engine,
      userGroupId: `${name}-${engine}`,
      userIds: users.map((user) => user.ref),
    });
    this.userId = app.ref;
    this.userGroupId = group.ref;
    this.ofRoles = new Map(ofRoles.map(([role, user]) => [role, user.ref]));
  }

  userIdOf(role: string): string {
    const userId = this.ofRoles.get(role);
    if (userId !== undefined) return userId;
    const known = [...this.ofRoles.keys()].join(", ") || "none";
    throw new ValidationError(`there is no user of the role "${role}": use one of users (${known})`, this);
  }
}

/** The engine by its first letter: so there is room for the name of a stage and of a function. */
function roleId(name: string, engine: RedisEngine, role: string): string {
  return `${name}-${engine.charAt(0)}-${role}`;
}

function* findUserMistakes(name: string, roles: RedisUsersProps["roles"]): Generator<string> {
  for (const { role } of roles) {
    const most = longestId - roleId(name, "redis", "").length;
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(role) || role.length > most)
      yield `users has the role "${role}": use up to ${most} lower-case letters, digits and single hyphens, since an id is made of it and "${name}"`;
  }
  if (roles.length + 2 > mostUsers)
    yield `users has ${roles.length} roles: ElastiCache takes ${mostUsers} users in a group, two of which are there anyhow`;
}
