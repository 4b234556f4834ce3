import { findRedisRuleBreaches } from "../../lib/checks/redis-rules";
import { Templates } from "../../lib/checks/templates";
import { findNodeTypeMistakes } from "../../lib/constructs/redis-node-types";
import type { Json } from "./support/json";

const users = {
  Type: "AWS::ElastiCache::UserGroup",
  Properties: { Engine: "redis", UserGroupId: "shop", UserIds: [{ Ref: "App" }, { Ref: "Default" }] },
};
const stores = {
  Resources: {
    Group: {
      Type: "AWS::ElastiCache::ReplicationGroup",
      Properties: {
        Engine: "redis",
        EngineVersion: "7.1",
        CacheNodeType: "cache.t4g.small",
        CacheParameterGroupName: { Ref: "Parameters" },
        CacheSubnetGroupName: { Ref: "Subnets" },
        SecurityGroupIds: [{ "Fn::GetAtt": ["SecurityGroup", "GroupId"] }],
        Port: 6390,
        ReplicasPerNodeGroup: 1,
        AutomaticFailoverEnabled: true,
        MultiAZEnabled: true,
        TransitEncryptionEnabled: true,
        AtRestEncryptionEnabled: true,
        UserGroupIds: [{ "Fn::ImportValue": "users:Group" }],
        SnapshotRetentionLimit: 7,
        SnapshotWindow: "03:00-04:00",
        PreferredMaintenanceWindow: "sun:05:00-sun:06:00",
      },
    },
    Parameters: { Type: "AWS::ElastiCache::ParameterGroup", Properties: { CacheParameterGroupFamily: "redis7" } },
    Subnets: { Type: "AWS::ElastiCache::SubnetGroup" },
    SecurityGroup: { Type: "AWS::EC2::SecurityGroup", Properties: {} },
  },
};
const people = {
  Resources: {
    Users: users,
    App: {
      Type: "AWS::ElastiCache::User",
      Properties: { Engine: "redis", UserId: "app", UserName: "app", AuthenticationMode: { Type: "iam" } },
    },
    Default: {
      Type: "AWS::ElastiCache::User",
      Properties: {
        Engine: "redis",
        UserId: "shop-default",
        UserName: "default",
        AccessString: "off ~* -@all",
        AuthenticationMode: { Type: "no-password-required" },
      },
    },
  },
  Outputs: { Group: { Value: { Ref: "Users" }, Export: { Name: "users:Group" } } },
};

/** The messages of what the rules find in two stacks, the second with the users of the first. */
function found(edit: (templates: { stores: Json; people: Json }) => void): string[] {
  const templates = structuredClone({ stores, people });
  edit(templates);
  return [...findRedisRuleBreaches(Templates.of(new Map(Object.entries(templates))))].map(
    ({ mistake }) => `${mistake.rule}: ${mistake.message}`,
  );
}

describe("the rules of Redis groups", () => {
  it("find nothing in a sound group with users of another stack", () => {
    expect(found(() => undefined)).toEqual([]);
  });

  const group = (templates: { stores: Json }) => templates.stores.Resources.Group.Properties;
  it.each<[string, (templates: { stores: Json; people: Json }) => void, string]>([
    ["one zone", (all) => (group(all).MultiAZEnabled = false), "multi-az: MultiAZEnabled is false: set it to true"],
    ["no replica by another count", (all) => byCount(group(all), 1), "replicas: ReplicasPerNodeGroup is 0: use 1 to 5"],
    ["another engine", (all) => (group(all).Engine = "memcached"), 'engine: Engine is "memcached": use "valkey" or'],
    ["an old version", (all) => (group(all).EngineVersion = "6.2"), 'engine-version: EngineVersion is "6.2": of redis'],
    [
      "the default parameters",
      (all) => delete group(all).CacheParameterGroupName,
      "parameters: CacheParameterGroupName is",
    ],
    [
      "a disk unasked for",
      (all) => (group(all).CacheNodeType = "cache.r6gd.xlarge"),
      "data-tiering: DataTieringEnabled is",
    ],
    ["a plain disk", (all) => delete group(all).AtRestEncryptionEnabled, "at-rest: AtRestEncryptionEnabled is missing"],
    [
      "snapshots for too long",
      (all) => (group(all).SnapshotRetentionLimit = 36),
      "snapshots: SnapshotRetentionLimit is 36",
    ],
    [
      "windows that overlap",
      (all) => (group(all).SnapshotWindow = "05:30-06:30"),
      "windows: the backup window 05:30-06:30",
    ],
    ["two user groups", (all) => (group(all).UserGroupIds = ["some", "more"]), "user-group: UserGroupIds is ["],
    [
      "an open network of its own",
      (all) => (all.stores.Resources.SecurityGroup.Properties.SecurityGroupIngress = [{ CidrIpv6: "::/0" }]),
      'open-to-all: the security group SecurityGroup lets "::/0" in',
    ],
    [
      "an open network by another resource",
      (all) =>
        (all.stores.Resources.Rule = {
          Type: "AWS::EC2::SecurityGroupIngress",
          Properties: { GroupId: { "Fn::GetAtt": ["SecurityGroup", "GroupId"] }, CidrIp: "0.0.0.0/0" },
        }),
      'open-to-all: the security group SecurityGroup lets "0.0.0.0/0" in',
    ],
    [
      "users of another engine, in the other stack",
      (all) => (all.people.Resources.App.Properties.Engine = "valkey"),
      'user-engine: the user "app" is of the engine "valkey" in a group of "redis"',
    ],
    [
      "a group of users of another engine",
      (all) => {
        for (const { Properties } of Object.values<Json>(all.people.Resources)) Properties.Engine = "valkey";
        all.people.Resources.Default.Properties.AuthenticationMode = { Type: "iam" };
        all.people.Resources.Default.Properties.UserId = "default";
      },
      'user-group-engine: the user group is of the engine "valkey": "redis" takes only groups of its own',
    ],
    [
      "no user named default",
      (all) => (all.people.Resources.Users.Properties.UserIds = [{ Ref: "App" }]),
      'default-user: no user of the group is named "default": add one that is off',
    ],
    [
      "a default user that is on",
      (all) => (all.people.Resources.Default.Properties.AccessString = "on ~* +@all"),
      'no-password: the user "default" signs in without a proof',
    ],
  ])("refuse %s", (_mistake, edit, message) => {
    expect(found(edit)).toEqual([expect.stringContaining(message)]);
  });
});

describe("a node type", () => {
  it.each(["cache.t4g.micro", "cache.m7g.large", "cache.r7g.16xlarge", "cache.c7gn.xlarge"])(
    "exists: %s",
    (nodeType) => {
      expect([...findNodeTypeMistakes(nodeType)]).toEqual([]);
    },
  );

  it.each([
    ["db.t4g.micro", "use cache.<family>.<size> with a family of t2, t3, t4g"],
    ["cache.x9g.large", "use cache.<family>.<size> with a family of t2, t3, t4g"],
    ["cache.t4g.large", "the family t4g has the sizes micro, small, medium, so use one of them"],
    ["cache.r6gd.large", "the family r6gd has the sizes xlarge, 2xlarge"],
  ])("that doesn't is refused: %s", (nodeType, message) => {
    expect([...findNodeTypeMistakes(nodeType)]).toEqual([expect.stringContaining(`"${nodeType}": ${message}`)]);
  });
});

function byCount(properties: Json, nodes: number): void {
  delete properties.ReplicasPerNodeGroup;
  properties.NumCacheClusters = nodes;
}
