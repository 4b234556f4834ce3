import { stages, type StageConfig } from "../../lib/config";
import { LarderStage } from "../../lib/larder-stage";
import type { Json } from "./support/json";
import { findLosses } from "./support/replacement/losses";
import { templatesOf, type StageTemplates } from "./support/replacement/stage-templates";
import { findTakenExports, findTakenRights } from "./support/replacement/taken";
import { isKnownType } from "./support/replacement/update-rules";
import { synthesizedStages } from "./support/synthesized-stage";
import { testApp } from "./support/test-app";

const config = stages.find(({ name }) => name === "prod")!;
const prod = templatesOf(synthesizedStages.find(({ name }) => name === "prod")!.synthesized.stage);

/** The template of prod, edited by hand. */
function edited(edit: (stage: Json) => void): StageTemplates {
  const copy = structuredClone(prod);
  edit(copy);
  return copy;
}

/** The template that a change of the config makes. */
function configured(change: Partial<StageConfig>): StageTemplates {
  const changed = { ...config, ...change };
  return templatesOf(new LarderStage(testApp(), "prod", { config: changed, env: { region: changed.region } }));
}

const lossesOf = (next: StageTemplates, from = prod) => findLosses(from, next).map(({ message }) => message);
const lost = (next: StageTemplates, from = prod) => findLosses(from, next).map(({ stack, id }) => `${stack}/${id}`);

const [group, state] = ["CacheGroup065C0BC1", "StateGroupAA1546E7"];
const database = "DatabaseInstanceAA8A5FDE";
const propertiesOf = (stage: Json, id: string) => stage.data.Resources[id].Properties;
const key = '{"Fn::GetAtt":["network/EncryptionKey3A692D6E","Arn"]}';
const subnets = '{"Ref":"data/CacheSubnets75A36213"}';
const identifier = JSON.stringify(propertiesOf(prod, database).DBInstanceIdentifier);
const network = (stage: Json) => stage.network.Resources;

describe("an edit that AWS makes in place", () => {
  it.each<[string, (stage: Json) => void]>([
    ["nothing", () => undefined],
    ["a tag", (stage) => (propertiesOf(stage, group).Tags = [{ Key: "owner", Value: "films" }])],
    ["a larger node", (stage) => (propertiesOf(stage, group).CacheNodeType = "cache.r7g.large")],
    ["another shard, resharded online", (stage) => (propertiesOf(stage, group).NumNodeGroups = 3)],
    ["a window of Redis", (stage) => (propertiesOf(stage, group).PreferredMaintenanceWindow = "wed:05:00-wed:06:00")],
    ["a version of the engine", (stage) => (propertiesOf(stage, group).EngineVersion = "7.2")],
    ["other parameters of Redis", (stage) => (propertiesOf(stage, group).CacheParameterGroupName = { Ref: "Other" })],
    ["a larger instance", (stage) => (propertiesOf(stage, database).DBInstanceClass = "db.m7g.large")],
    ["a larger disk", (stage) => (propertiesOf(stage, database).AllocatedStorage = "100")],
    [
      "a window of PostgreSQL",
      (stage) => (propertiesOf(stage, database).PreferredMaintenanceWindow = "sat:05:00-sat:06:00"),
    ],
    ["no standby", (stage) => (propertiesOf(stage, database).MultiAZ = false)],
    [
      "a user with other rights",
      (stage) => (propertiesOf(stage, "CacheUsersAppB7597896").AccessString = "on ~* +@read"),
    ],
    ["a log that stays behind", (stage) => remove(stage, "data", logOf(stage))],
  ])("loses nothing: %s", (_edit, edit) => {
    expect(lossesOf(edited(edit))).toEqual([]);
  });

  it("loses nothing where the config makes it: nodes, shards, disk, windows", () => {
    const cache = { ...config.cache, nodeType: "cache.r7g.large", shards: 4, maintenanceWindow: "wed:05:00-wed:06:00" };
    const larger = { ...config.database, instanceClass: "m7g.large", maxAllocatedGiB: 1_000, multiAz: false };
    expect(lossesOf(configured({ cache, database: larger }))).toEqual([]);
  });
});

describe("an edit that replaces a store", () => {
  it.each<[string, string, (properties: Json) => void, string]>([
    ["engine", group, (of) => (of.Engine = "valkey"), 'Engine "redis" → "valkey"'],
    ["replicas", group, (of) => (of.ReplicasPerNodeGroup = 2), "ReplicasPerNodeGroup 1 → 2"],
    ["port", group, (of) => (of.Port = 6380), "Port 6379 → 6380"],
    ["key", group, (of) => delete of.KmsKeyId, `KmsKeyId ${key} → missing`],
    ["subnets", group, (of) => (of.CacheSubnetGroupName = "x"), `CacheSubnetGroupName ${subnets} → "x"`],
    ["at rest", group, (of) => (of.AtRestEncryptionEnabled = false), "AtRestEncryptionEnabled true → false"],
    ["a token", group, (of) => (of.AuthToken = "x"), 'AuthToken missing → "x"'],
    ["a snapshot", group, (of) => (of.SnapshotName = "x"), 'SnapshotName missing → "x"'],
    ["identifier", database, (of) => (of.DBInstanceIdentifier = "x"), `DBInstanceIdentifier ${identifier} → "x"`],
    ["disk", database, (of) => (of.StorageEncrypted = false), "StorageEncrypted true → false"],
    ["key of PostgreSQL", database, (of) => delete of.KmsKeyId, `KmsKeyId ${key} → missing`],
    ["port of PostgreSQL", database, (of) => (of.Port = "5433"), 'Port missing → "5433"'],
    ["database", database, (of) => (of.DBName = "shop"), 'DBName "larder" → "shop"'],
    ["zone", database, (of) => (of.AvailabilityZone = "us-east-2a"), 'AvailabilityZone missing → "us-east-2a"'],
  ])("names stack, id, what is lost, the property, both values and the remedy: %s", (_edit, id, edit, why) => {
    const next = edited((stage) => edit(propertiesOf(stage, id)));
    const what = id === group ? "(AWS::ElastiCache::ReplicationGroup)" : "(AWS::RDS::DBInstance)";
    const goes = id === group ? "all its keys" : "the whole database";
    expect(lossesOf(next)).toEqual([
      `larder-prod-data ${id} ${what} would be replaced, and with it ${goes}: ${why}. Put the old value back, or make a second one beside it and move over. If it is meant, say so in test/lib/released/accepted.ts.`,
    ]);
  });

  it("is one of its type", () => {
    const next = edited((stage) => (stage.data.Resources[database].Type = "AWS::RDS::DBCluster"));
    expect(lossesOf(next)).toEqual([expect.stringContaining("Type AWS::RDS::DBInstance → AWS::RDS::DBCluster")]);
  });

  it("is found where another shard wouldn't be made online", () => {
    const next = edited((stage) => {
      stage.data.Resources[group].UpdatePolicy = {};
      propertiesOf(stage, group).NumNodeGroups = 3;
    });
    expect(lossesOf(next)).toEqual([
      `larder-prod-data ${group} (AWS::ElastiCache::ReplicationGroup) would be replaced, and with it all its keys: NumNodeGroups 2 → 3. Set UpdatePolicy.UseOnlineResharding, or put the old value back. If it is meant, say so in test/lib/released/accepted.ts.`,
    ]);
  });

  it("is found where the config makes it: engine, replicas, zones, region, name", () => {
    const users = ["CacheUsersAppB7597896", "CacheUsersDisabledDefaultF6125C1D", "CacheUsersGroup9DFFF292"];
    const withAnotherEngine = lost(configured({ cache: { ...config.cache, engine: "valkey" } }));
    expect(withAnotherEngine).toEqual(expect.arrayContaining([group, ...users].map((id) => `data/${id}`)));
    expect(withAnotherEngine.filter((id) => !/^data\/Cache(Group|Users)/.test(id))).toEqual([]);
    expect(lost(configured({ cache: { ...config.cache, replicasPerShard: 2 } }))).toEqual([`data/${group}`]);
    // Cluster mode comes and goes with the second shard, if nothing is said of it.
    const one = { ...config.cache, shards: 1 };
    expect(lossesOf(configured({ cache: one }))).toEqual([
      expect.stringContaining('all its keys: ClusterMode "enabled" → "disabled". Put the old value back'),
    ]);
    expect(lost(configured({ cache: { ...one, clusterMode: true } }))).toEqual([]);
    const { state: made } = config;
    if (made === "cache") throw new Error("prod's state has a group of its own");
    expect(lost(configured({ state: { ...made, shards: 2 } }))).toEqual([`data/${state}`]);
    expect(lost(configured({ availabilityZones: ["us-east-2a", "us-east-2c", "us-east-2b"] }))).toEqual([
      "network/NetworkVpcisolatedSubnet2Subnet811E27B8",
      "network/NetworkVpcisolatedSubnet3Subnet8C51A120",
    ]);
    const elsewhere = { region: "us-east-1", availabilityZones: ["us-east-1a", "us-east-1b", "us-east-1c"] };
    for (const change of [elsewhere, { name: "live" }])
      expect(lost(configured(change))).toEqual(expect.arrayContaining([`data/${group}`, `data/${database}`]));
  });
});

describe("an edit of what a store refers to", () => {
  it("loses the store if the other's name changes with it", () => {
    const next = edited((stage) => (propertiesOf(stage, "CacheSubnets75A36213").CacheSubnetGroupName = "subnets"));
    expect(lossesOf(next)).toEqual([
      expect.stringContaining(
        `larder-prod-data ${group} (AWS::ElastiCache::ReplicationGroup) would be replaced, and with it all its keys: CacheSubnetGroupName refers to data/CacheSubnets75A36213: CacheSubnetGroupName missing → "subnets".`,
      ),
    ]);
  });

  it("loses the store if the other lies in another stack", () => {
    const next = edited((stage) => {
      network(stage).Other = network(stage).EncryptionKey3A692D6E;
      delete network(stage).EncryptionKey3A692D6E;
      for (const output of Object.values<Json>(stage.network.Outputs))
        if (output.Value["Fn::GetAtt"]?.[0] === "EncryptionKey3A692D6E") output.Value["Fn::GetAtt"][0] = "Other";
    });
    expect(lost(next).sort()).toEqual(
      ["network/EncryptionKey3A692D6E", `data/${group}`, `data/${state}`, `data/${database}`].sort(),
    );
    expect(lossesOf(next)[0]).toContain(
      "EncryptionKey3A692D6E (AWS::KMS::Key) would be removed, and with it all that it",
    );
  });

  it("loses nothing if only the name of the export between the two stacks changes", () => {
    const text = JSON.stringify(prod).replaceAll(/larder-prod-network:Exports\w+/g, "$&Renamed");
    expect(text).toContain("Renamed");
    expect(lossesOf(JSON.parse(text))).toEqual([]);
  });
});

describe("an edit that removes", () => {
  it.each([
    ["a group", "data", group, "all its keys"],
    ["the database", "data", database, "the whole database"],
    ["the key", "network", "EncryptionKey3A692D6E", "all that it encrypted"],
    ["the network", "network", "NetworkVpc7FB7348F", "the place of all stores"],
    ["a user of a group", "data", "CacheUsersAppB7597896", "the way in for functions that run"],
  ])("names %s", (_what, stack, id, what) => {
    const messages = lossesOf(
      edited((stage) => {
        remove(stage, stack, id);
      }),
    );
    expect(messages).toContainEqual(
      expect.stringMatching(
        `^larder-prod-${stack} ${id} \\(.+\\) would be removed, and with it ${what}: .+ Put it back`,
      ),
    );
  });

  it("by another logical id names the old one and the new one", () => {
    const next = edited(({ data }) => {
      data.Resources.StoreGroup = data.Resources[group];
      remove({ data }, "data", group);
    });
    expect(lossesOf(next)).toEqual([
      expect.stringContaining(`: its logical id data/${group} → data/StoreGroup. Put it`),
    ]);
  });

  it("a whole stack names all that it held", () => {
    const next = edited((stage) => delete stage.data);
    expect(lost(next)).toEqual(expect.arrayContaining([`data/${group}`, `data/${state}`, `data/${database}`]));
  });

  it("a log names it where it wouldn't stay behind", () => {
    const dev = templatesOf(synthesizedStages.find(({ name }) => name === "dev")!.synthesized.stage);
    const next = structuredClone(dev) as Json;
    remove(next, "data", logOf(next));
    expect(lossesOf(next, dev)).toEqual([expect.stringContaining("would be removed, and with it the log in it")]);
  });

  it("a user of no group says nothing", () => {
    const user = { Type: "AWS::ElastiCache::User", Properties: { UserId: "guest" } };
    const released = edited((stage) => (stage.data.Resources.Guest = user));
    expect(lossesOf(prod, released)).toEqual([]);
  });
});

describe("an edit that takes from the release before", () => {
  const app = "CacheUsersAppB7597896";
  const messages = (next: StageTemplates) =>
    [findTakenRights, findTakenExports].flatMap((find) => find(prod, next)).map(({ message }) => message);
  const withRules = (rules: (now: string) => string) =>
    edited((stage) => (propertiesOf(stage, app).AccessString = rules(propertiesOf(stage, app).AccessString)));

  it("names the user and the commands, keys and channels that it may no longer use", () => {
    const next = withRules((now) =>
      now.replace(" ~larder:*", "").replace("&larder:*", "&*").replace("+wait", "+acl -get"),
    );
    expect(messages(next)).toEqual([
      expect.stringMatching(
        `^larder-prod-data ${app} \\(AWS::ElastiCache::User\\) would lose rights \\(~larder:\\* &larder:\\* \\+wait -get\\) while .+ Leave that`,
      ),
    ]);
  });

  it("says nothing of a user who may do more, or does so in another order, or is gone", () => {
    expect(messages(withRules((now) => `on +get${now.slice("on".length)} ~films:*`))).toEqual([]);
    expect(messages(edited((stage) => remove(stage, "data", app)))).toEqual([]);
  });

  it("names an export that is imported, and the stack that does", () => {
    const unused = { Value: "1", Export: { Name: "nobody's" } };
    const released = edited((stage) => (stage.data.Outputs.Unused = unused));
    const next = edited((stage) => {
      for (const [id, { Export }] of Object.entries<Json>(stage.data.Outputs))
        if (String(Export?.Name).includes("RefCacheGroup")) Reflect.deleteProperty(stage.data.Outputs, id);
    });
    expect(findTakenExports(released, next).map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^larder-prod-data would no longer export larder-prod-data:ExportsOutputRefCacheGroup\w+, which larder-prod-(api|operations) of the last release imports/,
      ),
    ]);
    expect(messages(prod)).toEqual([]);
  });
});

describe("the schemas of CloudFormation", () => {
  it("know every type that a stage holds", () => {
    const types = Object.values(prod).flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type));
    expect([...new Set(types)].filter((type) => !isKnownType(type) && !type.startsWith("Custom::"))).toEqual([]);
  });
});

function logOf(stage: Json): string {
  const found = Object.entries<Json>(stage.data.Resources).find(([id]) => id.startsWith("CacheSlowLog"));
  return found![0];
}

function remove(stage: Json, stack: string, id: string): void {
  Reflect.deleteProperty(stage[stack].Resources, id);
}
