import { synthesizedStages, type Resource } from "./support/synthesized-stage";

/** Types whose replacement loses what they hold, makes it unreadable, or gives callers another address. */
const statefulTypes =
  /^AWS::(ElastiCache::(ReplicationGroup|User|UserGroup|SubnetGroup)|RDS::(DBInstance|DBSubnetGroup)|KMS::Key|EC2::(VPC|Subnet)|ApiGatewayV2::Api)$/;

const idsOf = (resources: Resource[]) =>
  resources
    .filter(({ Type }) => statefulTypes.test(Type))
    .map(({ id }) => id)
    .sort();

// CloudFormation knows a resource by this id alone. A new one deletes the old database and makes an empty one: don't
// adapt this list to a change, change the construct ids back.
const users = (group: string, hashes: Record<string, string>) =>
  Object.entries(hashes).map(([role, hash]) => `${group}UsersRole${role}${hash}`);
const sharedByStages = [
  "CacheGroup065C0BC1",
  "CacheSubnets75A36213",
  "CacheUsersAppB7597896",
  "CacheUsersDisabledDefaultF6125C1D",
  "CacheUsersGroup9DFFF292",
  "DatabaseInstanceAA8A5FDE",
  "DatabaseInstanceSubnetGroupDE121BB6",
  "EncryptionKey3A692D6E",
  "HttpApi9292168F",
  "NetworkVpc7FB7348F",
  "NetworkVpcisolatedSubnet1Subnet188D06DD",
  "NetworkVpcisolatedSubnet2Subnet811E27B8",
  ...users("Cache", {
    accounts: "70B8524A",
    catalog: "7F6E64F6",
    leaderboards: "11995CBB",
    worker: "8D76C6DF",
  }),
];
const locked: Record<string, string[]> = {
  dev: [
    ...sharedByStages,
    ...users("Cache", { authorizer: "97708BB3", checkout: "7F7CC46D", coordination: "20E84EA8" }),
  ],
  prod: [
    ...sharedByStages,
    "NetworkVpcisolatedSubnet3Subnet8C51A120",
    "StateGroupAA1546E7",
    "StateSubnets2F9EF336",
    "StateUsersApp732587D8",
    "StateUsersDisabledDefaultC78DD500",
    "StateUsersGroup74F1A3F3",
    ...users("State", {
      accounts: "E71F1D0C",
      authorizer: "5445CF8C",
      catalog: "6E604387",
      checkout: "F0BEB4C1",
      coordination: "303C9C6B",
      leaderboards: "1E628248",
      worker: "88A0F3D7",
    }),
  ],
};

describe.each(synthesizedStages)("stage $name", ({ name, synthesized }) => {
  const keeps = synthesized.config.keepData;
  /** What becomes of the resources of a type if they are removed, and if they are replaced. */
  const policiesOf = (...types: string[]) => [
    ...new Set(
      types
        .flatMap((type) => synthesized.resources(type))
        .map((resource) => `${resource.DeletionPolicy} ${resource.UpdateReplacePolicy}`),
    ),
  ];

  it("keeps the logical ids of what holds data", () => {
    expect(idsOf(synthesized.resources())).toEqual(locked[name]?.toSorted());
  });

  it(keeps ? "takes a last snapshot of a store that goes" : "leaves nothing of a store that goes", () => {
    const policies = policiesOf("AWS::ElastiCache::ReplicationGroup", "AWS::RDS::DBInstance");
    expect(policies).toEqual([keeps ? "Snapshot Snapshot" : "Delete Delete"]);
  });

  it(keeps ? "leaves its logs and its key behind" : "leaves no log and no key behind", () => {
    const policies = policiesOf("AWS::Logs::LogGroup", "AWS::KMS::Key");
    expect(policies).toEqual([keeps ? "RetainExceptOnCreate Retain" : "Delete Delete"]);
  });

  it(keeps ? "refuses to lose its database, and its backups with it" : "lets its database and its backups go", () => {
    const databases = synthesized.resources("AWS::RDS::DBInstance").map(({ Properties }) => Properties);
    expect(databases).toEqual([expect.objectContaining({ DeletionProtection: keeps, DeleteAutomatedBackups: !keeps })]);
  });

  it(keeps ? "refuses to be deleted, whichever stack comes first" : "can be deleted whole", () => {
    const { network, data, api, operations } = synthesized.stage;
    const stacks = [network, data, api, operations];
    expect(stacks.map((stack) => stack.terminationProtection)).toEqual(stacks.map(() => keeps));
  });

  it("holds no type of store that these tests don't know", () => {
    const known =
      /::(ElastiCache::(ReplicationGroup|User|UserGroup|SubnetGroup|ParameterGroup)|RDS::DB(Instance|SubnetGroup|ParameterGroup))$/;
    const stores = synthesized
      .resources()
      .filter(({ Type }) => /::(ElastiCache|RDS|S3|DynamoDB|SQS|EFS|SecretsManager::Secret|Kinesis)\b/.test(Type));
    expect(stores.filter(({ Type }) => !known.test(Type)).map(({ id }) => id)).toEqual([]);
  });
});
