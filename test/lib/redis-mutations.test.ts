import { Validations } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as elasticache from "aws-cdk-lib/aws-elasticache";
import { addChecks } from "../../lib/checks/checks";
import { RedisCache, type RedisCacheProps } from "../../lib/constructs/redis-cache";
import { checkedApp, refusingPlugins, synthesisFindings } from "./support/synthesis-findings";
import { testStack } from "./support/test-app";

/** One sound cache, and the plain resources behind it, which anybody can reach by an override. */
function soundCache(props: Partial<RedisCacheProps>) {
  const { app, stack, shared } = testStack({ app: checkedApp() });
  const cache = new RedisCache(stack, "Cache", {
    ...shared,
    engine: "valkey",
    shards: 2,
    name: "shop-cache",
    keyPrefix: "shop",
    nodeType: "cache.t4g.small",
    maxmemoryPolicy: "noeviction",
    ...props,
  });
  const below = (part: string) => cache.node.findAll().find(({ node }) => node.path === `Test/Cache/${part}`);
  return {
    app,
    cache,
    group: below("Group") as elasticache.CfnReplicationGroup,
    user: below("Users/App") as elasticache.CfnUser,
    parameters: cache.node.children.find(({ node }) =>
      node.id.startsWith("Parameters-"),
    ) as elasticache.CfnParameterGroup,
  };
}
type Parts = ReturnType<typeof soundCache>;

/** What the checks of a synthesis find in the cache: `<plugin>: <rule>: <message>`. */
function findings(props: Partial<RedisCacheProps>, acknowledged: string[], mutate: (parts: Parts) => void): string[] {
  const parts = soundCache(props);
  mutate(parts);
  for (const id of acknowledged) Validations.of(parts.cache).acknowledge({ id, reason: "As in lib/acknowledged.ts." });
  addChecks(parts.app);
  return synthesisFindings(parts.app)
    .filter((finding) => finding.path.startsWith("Test/Cache"))
    .map(({ plugin, rule, message }) => `${plugin}: ${rule}: ${message}`);
}

const acknowledgedInShop = ["AwsSolutions-AEC5", "AwsSolutions-AEC6", "Larder-Redis::port"];

interface Mutation {
  readonly fault: string;
  readonly props?: Partial<RedisCacheProps>;
  readonly acknowledged?: string[];
  readonly mutate: (parts: Parts) => void;
  /** Who refuses it: each finding, by its beginning, in the order of the plugins. */
  readonly refusedBy: readonly string[];
}

// The 22 faults of one sound group that four packs of cdk-nag and CloudFormation's validation were tried with: they let pass the
// first 16. Each is made behind the construct's back, where no type and no check of a prop sees it.
const passedBefore: readonly Mutation[] = [
  {
    fault: "several zones without failover",
    mutate: ({ group }) => group.addPropertyOverride("AutomaticFailoverEnabled", false),
    refusedBy: ["Larder-Redis: failover: AutomaticFailoverEnabled is false with MultiAZEnabled true: set both to true"],
  },
  {
    fault: "several zones without a replica",
    mutate: ({ group }) => group.addPropertyOverride("ReplicasPerNodeGroup", 0),
    refusedBy: ["Larder-Redis: replicas: ReplicasPerNodeGroup is 0: use 1 to 5"],
  },
  {
    fault: "TLS that is only preferred",
    mutate: ({ group }) => group.addPropertyOverride("TransitEncryptionMode", "preferred"),
    refusedBy: ['Larder-Redis: tls: TransitEncryptionEnabled is true and TransitEncryptionMode "preferred": use true'],
  },
  {
    fault: "an AUTH token beside a user group",
    mutate: ({ group }) => group.addPropertyOverride("AuthToken", "a-password-for-everybody"),
    refusedBy: ["Larder-Redis: auth-token: AuthToken is set beside UserGroupIds: leave AuthToken out"],
  },
  {
    fault: "parameters of another version",
    mutate: ({ parameters }) => parameters.addPropertyOverride("CacheParameterGroupFamily", "valkey7"),
    refusedBy: [
      'Larder-Redis: parameter-family: the parameter group is of the family "valkey7": valkey 8.2 needs one of',
    ],
  },
  {
    fault: "parameters without cluster-enabled",
    mutate: ({ parameters }) => parameters.addPropertyDeletionOverride("Properties.cluster-enabled"),
    refusedBy: ["Larder-Redis: cluster-enabled: the parameter group has cluster-enabled missing: ClusterMode"],
  },
  {
    fault: "an IAM user whose id isn't its name",
    mutate: ({ user }) => user.addPropertyOverride("UserName", "shop"),
    refusedBy: ['Larder-Redis: user-name: UserName is "shop" and UserId "shop-cache-valkey": make them the same'],
  },
  {
    fault: "nothing to sign in with",
    mutate: ({ group }) => group.addPropertyDeletionOverride("UserGroupIds"),
    refusedBy: ["Larder-Redis: user-group: UserGroupIds is missing: name one user group"],
  },
  {
    fault: "a user without a password",
    mutate: ({ user }) => (user.authenticationMode = { Type: "no-password-required" }),
    refusedBy: [
      'Larder-Redis: no-password: the user "shop-cache-valkey" signs in without a proof: use { Type: "iam" }',
    ],
  },
  {
    fault: "the port that everybody tries first, of Valkey, where nobody answers for it",
    acknowledged: ["AwsSolutions-AEC6"],
    mutate: () => undefined,
    refusedBy: ["Larder-Redis: port: Port is 6379, which everybody tries first: use another, or acknowledge it"],
  },
  {
    fault: "a node type that doesn't exist",
    mutate: ({ group }) => group.addPropertyOverride("CacheNodeType", "cache.q9.huge"),
    refusedBy: ['Larder-Redis: node-type: nodeType is "cache.q9.huge": use cache.<family>.<size>'],
  },
  {
    fault: "an engine version that doesn't exist",
    mutate: ({ group }) => group.addPropertyOverride("EngineVersion", "99.1"),
    refusedBy: ['Larder-Redis: engine-version: EngineVersion is "99.1": of valkey use one of 7.2, 8.0, 8.1, 8.2'],
  },
  {
    fault: "a maintenance window that is none",
    mutate: ({ group }) => group.addPropertyOverride("PreferredMaintenanceWindow", "someday:25:00-26:00"),
    refusedBy: ['Larder-Redis: windows: the maintenance window is "someday:25:00-26:00": use 60 minutes to a day'],
  },
  {
    fault: "two counts of nodes",
    mutate: ({ group }) => group.addPropertyOverride("NumCacheClusters", 3),
    refusedBy: ["Larder-Redis: shape: NumCacheClusters is 3 beside NumNodeGroups 2: leave NumCacheClusters out"],
  },
  {
    fault: "an AUTH token alone",
    mutate: ({ group }) => {
      group.addPropertyDeletionOverride("UserGroupIds");
      group.addPropertyOverride("AuthToken", "a-password-for-everybody");
    },
    refusedBy: [
      "Larder-Redis: auth-token: AuthToken is the only way to sign in, one password for everybody: name a user",
    ],
  },
  {
    fault: "a serverless cache without a user group",
    mutate: ({ cache }) =>
      new elasticache.CfnServerlessCache(cache, "Serverless", { engine: "valkey", serverlessCacheName: "shop" }),
    refusedBy: ["Larder-Redis: user-group: UserGroupId is missing: name a user group"],
  },
];

const caughtBefore: readonly Mutation[] = [
  {
    fault: "no TLS",
    mutate: ({ group }) => (group.transitEncryptionEnabled = false),
    refusedBy: [
      "AwsSolutions: AwsSolutions-AEC3: ",
      'Larder-Redis: tls: TransitEncryptionEnabled is false and TransitEncryptionMode "required": use true',
    ],
  },
  {
    fault: "a network that lets everybody in",
    mutate: ({ cache }) => cache.connections.allowFromAnyIpv4(ec2.Port.tcp(6379)),
    refusedBy: [
      "CloudFormation Validate: W2508: SecurityGroupIngress: Security group allows 0.0.0.0/0",
      "AwsSolutions: AwsSolutions-EC23: ",
      "Larder-Redis: open-to-all: the security group ",
    ],
  },
  {
    fault: "no subnet group",
    mutate: ({ group }) => (group.cacheSubnetGroupName = undefined),
    refusedBy: ["AwsSolutions: AwsSolutions-AEC1: ", "Larder-Redis: subnets: CacheSubnetGroupName is missing: name a"],
  },
  {
    fault: "the port that everybody tries first, of Redis, where nobody answers for it",
    props: { engine: "redis" },
    acknowledged: ["AwsSolutions-AEC6"],
    mutate: () => undefined,
    refusedBy: ["AwsSolutions: AwsSolutions-AEC5: ", "Larder-Redis: port: Port is 6379, which everybody tries first"],
  },
  {
    fault: "no snapshots",
    mutate: ({ group }) => group.addPropertyOverride("SnapshotRetentionLimit", 0),
    refusedBy: ["Larder-Redis: snapshots: SnapshotRetentionLimit is 0: use 1 to 35 days"],
  },
  {
    fault: "an authentication mode in lower case",
    mutate: ({ user }) => (user.authenticationMode = { type: "iam" }),
    refusedBy: [
      "CloudFormation Validate: ",
      "CloudFormation Validate: ",
      'Larder-Redis: user-authentication: AuthenticationMode is {"type":"iam"}: write { Type: "iam" }, with a capital T',
    ],
  },
];

describe("a fault of a Redis group that is made behind the construct's back", () => {
  it.each([{ engine: "valkey" as const }, { engine: "redis" as const }])(
    "isn't found in a sound group: $engine",
    (props) => {
      expect(findings(props, acknowledgedInShop, () => undefined)).toEqual([]);
    },
  );

  it.each([...passedBefore, ...caughtBefore])("is refused at synth: $fault", (mutation) => {
    const { props = {}, acknowledged = acknowledgedInShop, mutate, refusedBy } = mutation;
    expect(findings(props, acknowledged, mutate)).toEqual(refusedBy.map((start) => expect.stringContaining(start)));
  });

  it("is refused by the rules alone where it is made by an override, which cdk-nag doesn't read", () => {
    const refused = findings({}, acknowledgedInShop, ({ group }) => {
      group.addPropertyOverride("TransitEncryptionEnabled", false);
      group.addPropertyDeletionOverride("CacheSubnetGroupName");
    });
    expect(refused).toEqual([
      expect.stringContaining("Larder-Redis: tls: "),
      expect.stringContaining("Larder-Redis: subnets: "),
    ]);
  });

  it("ends the synthesis also where CloudFormation's validation would only warn of it", () => {
    const { app, group } = soundCache({});
    group.addPropertyOverride("NetworkType", "ipv5");
    addChecks(app);
    expect(refusingPlugins(app)).toContain("CloudFormation Validate");
  });

  it("is one of the 22 that were tried", () => {
    expect([passedBefore.length, caughtBefore.length]).toEqual([16, 6]);
  });
});

/** What the construct sets by itself: a prop of one of these names would be a way to make a fault, and doesn't compile here. */
const notProps = [
  ...["automaticFailoverEnabled", "multiAzEnabled", "transitEncryptionEnabled", "transitEncryptionMode", "authToken"],
  ...["userGroupIds", "cacheParameterGroupName", "cacheParameterGroupFamily", "parameters", "userName", "userId"],
  ...["authenticationMode", "port", "engineVersion", "numCacheClusters", "cacheSubnetGroupName", "securityGroupIds"],
] as const;

describe("the props of a Redis group", () => {
  it("have no name for what the construct decides by itself", () => {
    // Doesn't compile if one of the names becomes a prop.
    const names: readonly Exclude<(typeof notProps)[number], keyof RedisCacheProps>[] = notProps;
    expect(names).toHaveLength(17);
  });

  it.each<[string, Partial<RedisCacheProps>, RegExp]>([
    ["several zones without a replica", { replicasPerShard: 0 }, /replicasPerShard is 0: use 1 to 5/],
    ["a node type that doesn't exist", { nodeType: "cache.q9.huge" }, /nodeType is "cache.q9.huge": use cache\./],
    ["a maintenance window that is none", { maintenanceWindow: "someday" }, /maintenance window is "someday": use 60/],
    ["no snapshots", { snapshotRetentionDays: 0 }, /snapshotRetentionDays is 0: use 1 to 35/],
  ])("that can make a fault are refused with it: %s", (_fault, props, message) => {
    expect(() => soundCache(props)).toThrow(message);
  });
});
