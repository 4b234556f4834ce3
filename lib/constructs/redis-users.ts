import * as elasticache from "aws-cdk-lib/aws-elasticache";
import { Construct } from "constructs";
import type { RedisEngine } from "./redis-settings";

export interface RedisUsersProps {
  readonly engine: RedisEngine;
  /** Start of the ids, unique in account and region. The engine is appended: changing it must make new users. */
  readonly name: string;
  /** What the application's user may do, in the language of Redis ACLs. */
  readonly accessString: string;
}

/** The users of one Redis group: the application's, who proves itself with IAM, and nobody else. */
export class RedisUsers extends Construct {
  readonly userId: string;
  readonly userGroupId: string;

  constructor(scope: Construct, id: string, { engine, name, accessString }: RedisUsersProps) {
    super(scope, id);
    // ElastiCache wants the id and the name of an IAM user to be the same.
    const userId = `${name}-${engine}`;
    const app = new elasticache.CfnUser(this, "App", {
      engine,
      userId,
      userName: userId,
      accessString,
      authenticationMode: { Type: "iam" }, // an untyped property: a lower-case `type` fails only at deploy
    });
    const users = [app];

    if (engine === "redis") {
      // A Redis group must hold a user named `default`, and the one AWS offers lets everybody in. Valkey needs none.
      const off = new elasticache.CfnUser(this, "DisabledDefault", {
        engine,
        userId: `${userId}-default`,
        userName: "default",
        accessString: "off ~* -@all",
        authenticationMode: { Type: "no-password-required" },
      });
      users.push(off);
    }

    const group = new elasticache.CfnUserGroup(this, "Group", {
      engine,
      userGroupId: userId,
      userIds: users.map((user) => user.ref),
    });
    this.userId = app.ref;
    this.userGroupId = group.ref;
  }
}
