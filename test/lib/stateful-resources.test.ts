import { synthesizedStages, type Resource } from "./support/synthesized-stage";

/** Types whose replacement loses what they hold, or makes it unreadable. */
const statefulTypes =
  /^AWS::(ElastiCache::(ReplicationGroup|User|UserGroup|SubnetGroup)|RDS::(DBInstance|DBSubnetGroup)|KMS::Key|EC2::(VPC|Subnet))$/;

const idsOf = (resources: Resource[]) =>
  resources
    .filter(({ Type }) => statefulTypes.test(Type))
    .map(({ id }) => id)
    .sort();

// CloudFormation knows a resource by this id alone. A new one deletes the old database and makes an empty one: don't
// adapt this list to a change, change the construct ids back.
const sharedByStages = [
  "CacheGroup065C0BC1",
  "CacheSubnets75A36213",
  "CacheUsersAppB7597896",
  "CacheUsersDisabledDefaultF6125C1D",
  "CacheUsersGroup9DFFF292",
  "DatabaseInstanceAA8A5FDE",
  "DatabaseInstanceSubnetGroupDE121BB6",
  "EncryptionKey3A692D6E",
  "NetworkVpc7FB7348F",
  "NetworkVpcisolatedSubnet1Subnet188D06DD",
  "NetworkVpcisolatedSubnet2Subnet811E27B8",
];
const locked: Record<string, string[]> = {
  dev: sharedByStages,
  prod: [
    ...sharedByStages,
    "NetworkVpcisolatedSubnet3Subnet8C51A120",
    "StateGroupAA1546E7",
    "StateSubnets2F9EF336",
    "StateUsersApp732587D8",
    "StateUsersDisabledDefaultC78DD500",
    "StateUsersGroup74F1A3F3",
  ],
};

describe.each(synthesizedStages)("stage $name", ({ name, synthesized }) => {
  const keeps = synthesized.config.keepData;
  const stores = ["AWS::ElastiCache::ReplicationGroup", "AWS::RDS::DBInstance"].flatMap((type) =>
    synthesized.resources(type),
  );

  it("keeps the logical ids of what holds data", () => {
    expect(idsOf(synthesized.resources())).toEqual(locked[name]?.toSorted());
  });

  it(keeps ? "takes a last snapshot of a store that is removed" : "leaves nothing behind when it is removed", () => {
    expect(stores.map((store) => store.DeletionPolicy)).toEqual(stores.map(() => (keeps ? "Snapshot" : "Delete")));
  });

  it(keeps ? "refuses to be deleted, whichever stack comes first" : "can be deleted whole", () => {
    const { network, data, api, operations } = synthesized.stage;
    const stacks = [network, data, api, operations];
    expect(stacks.map((stack) => stack.terminationProtection)).toEqual(stacks.map(() => keeps));
  });
});
