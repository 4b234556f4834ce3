import type * as z from "zod/mini";
import {
  accountsEnv,
  authorizerEnv,
  catalogEnv,
  checkoutEnv,
  coordinationEnv,
  databaseFunctions,
  leaderboardsEnv,
  migrateEnv,
  operationsEnv,
  releaseCheckEnv,
  unmatchedEnv,
  workerEnv,
  workerEnvironments,
} from "../../lambdas/contract/functions";
import { stages } from "../../lib/config";
import { SynthesizedStage, synthesizedStages, type Resource } from "./support/synthesized-stage";
import { listOf, type Json } from "./support/json";

const schemas: Record<string, z.ZodMiniObject> = {
  "Larder: catalog": catalogEnv,
  "Larder: accounts": accountsEnv,
  "Larder: checkout": checkoutEnv,
  "Larder: leaderboards": leaderboardsEnv,
  "Larder: authorizer": authorizerEnv,
  "Larder: coordination": coordinationEnv,
  "Larder: worker": workerEnv,
  "Larder: operations": operationsEnv,
  "Larder: unmatched": unmatchedEnv,
  "Larder: migrate": migrateEnv,
  "Larder: release-check": releaseCheckEnv,
};

/** What a function finds in its environment once deployed: Json text, and digits for a port, where the template has a reference. */
function deployed(variables: Record<string, Json>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      typeof value === "string" ? value : name.endsWith("_PORT") ? "6379" : "resolved",
    ]),
  );
}

describe.each(synthesizedStages)("stage $name", ({ synthesized }) => {
  const { config } = synthesized;
  const functions = synthesized
    .resources("AWS::Lambda::Function")
    .filter(({ Properties }) => Properties.Description in schemas);
  const named = (name: string): Resource =>
    functions.find(({ Properties }) => Properties.Description === `Larder: ${name}`)!;
  /** The ports that the rules of a function's security group let it out to. */
  const portsOf = (fn: Resource): number[] => {
    const group = fn.Properties.VpcConfig.SecurityGroupIds[0]["Fn::GetAtt"][0];
    return synthesized
      .resources("AWS::EC2::SecurityGroupEgress")
      .filter(({ Properties }) => Properties.GroupId["Fn::GetAtt"][0] === group)
      .map(({ Properties }) => Properties.FromPort)
      .sort();
  };
  const variablesOf = (fn: Resource): Record<string, Json> => fn.Properties.Environment?.Variables ?? {};

  it("deploys the functions of the contract", () => {
    const deployed = Object.keys(schemas).filter(
      (name) => config.release === "canary" || name !== "Larder: release-check",
    );
    expect(functions.map(({ Properties }) => Properties.Description).sort()).toEqual(deployed.sort());
  });

  it("gives each function the environment that its schema demands, and no variable beside it", () => {
    for (const fn of functions) {
      const { NODE_OPTIONS, POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE, ...variables } = deployed(
        variablesOf(fn),
      );
      if (fn.Properties.Description !== "Larder: migrate")
        expect(POWERTOOLS_METRICS_NAMESPACE).toBe(`Larder/${config.name}`);
      const schema = schemas[fn.Properties.Description]!;
      expect({ NODE_OPTIONS, description: fn.Properties.Description }).toEqual({
        NODE_OPTIONS: "--enable-source-maps",
        description: POWERTOOLS_SERVICE_NAME!.replace("larder-", "Larder: "),
      });
      expect(schema.safeParse(variables)).toMatchObject({ success: true });
      expect(Object.keys(schema.shape)).toEqual(expect.arrayContaining(Object.keys(variables)));
    }
  });

  it("puts no password into any environment", () => {
    for (const { Properties } of synthesized.resources("AWS::Lambda::Function")) {
      const variables: Record<string, Json> = Properties.Environment?.Variables ?? {};
      expect(Object.keys(variables).filter((name) => /PASSWORD|TOKEN|SECRET(?!_ARN$)/.test(name))).toEqual([]);
      expect(JSON.stringify(variables)).not.toContain("{{resolve:");
    }
  });

  it("signs in to the stores with IAM over verified TLS", () => {
    const cacheAndDatabase = {
      REDIS_AUTH: "iam",
      REDIS_TLS: "verify",
      DATABASE_AUTH: "iam",
      DATABASE_TLS: "verify",
      DATABASE_USER: "larder_app",
    };
    const state = { STATE_REDIS_AUTH: "iam", STATE_REDIS_TLS: "verify" };
    for (const name of ["catalog", "accounts", "leaderboards", "worker"])
      expect(variablesOf(named(name))).toMatchObject({ ...cacheAndDatabase, ...state });
    expect(variablesOf(named("checkout"))).toMatchObject({ ...state, DATABASE_AUTH: "iam", DATABASE_TLS: "verify" });
  });

  it("tells who ends sessions how many replicas must have it", () => {
    expect(variablesOf(named("accounts"))).toMatchObject({ STATE_REDIS_REPLICAS: expect.stringMatching(/^[12]$/) });
  });

  it("counts the connections of every function that signs in to the database", () => {
    const connecting = functions.filter((fn) => "DATABASE_USER" in variablesOf(fn));
    expect(connecting.map(({ Properties }) => Properties.Description).sort()).toEqual(
      [...databaseFunctions, "worker"].map((name) => `Larder: ${name}`).sort(),
    );
  });

  it("takes the addresses of the stores from the stores", () => {
    const variables = variablesOf(named("catalog"));
    for (const name of ["REDIS_HOST", "REDIS_PORT", "REDIS_GROUP"])
      expect(synthesized.behind(variables[name], "api")).toMatchObject({
        Type: "AWS::ElastiCache::ReplicationGroup",
        id: "CacheGroup065C0BC1",
      });
    for (const name of ["STATE_REDIS_HOST", "STATE_REDIS_PORT", "STATE_REDIS_GROUP"])
      expect(synthesized.behind(variables[name], "api").id).toBe(
        config.state === "cache" ? "CacheGroup065C0BC1" : "StateGroupAA1546E7",
      );
    for (const name of ["DATABASE_HOST", "DATABASE_PORT"])
      expect(synthesized.behind(variables[name], "api").Type).toBe("AWS::RDS::DBInstance");
  });

  it("lets Lambda make the interfaces of functions, not their code, and remove them before their security group goes", () => {
    const placed = functions.filter(({ Properties }) => Properties.VpcConfig !== undefined);
    for (const { Properties } of placed) {
      const role = Properties.Role["Fn::GetAtt"][0];
      const policy = synthesized
        .resources("AWS::IAM::Policy")
        .find((of) => listOf(of.Properties.Roles).some(({ Ref }) => Ref === role))!;
      const [allowed, denied] = ["Allow", "Deny"].map((effect) =>
        listOf(policy.Properties.PolicyDocument.Statement).find(
          ({ Effect, Action }) => Effect === effect && listOf(Action).includes("ec2:CreateNetworkInterface"),
        ),
      );
      expect(denied).toEqual({
        Effect: "Deny",
        Action: listOf(allowed.Action).filter((action) => String(action).startsWith("ec2:")),
        Resource: "*",
        Condition: { Null: { "lambda:SourceFunctionArn": "false" } },
      });
      const group = synthesized.behind(Properties.VpcConfig.SecurityGroupIds[0], "api");
      expect(group.DependsOn).toEqual(expect.arrayContaining([role, policy.id]));
    }
    expect(placed.length).toBeGreaterThan(6);
  });

  it.each(["authorizer", "coordination"])("gives %s the Redis of sessions and limits, and no other store", (name) => {
    const role = named(name).Properties.Role["Fn::GetAtt"][0];
    const connects = synthesized
      .resources("AWS::IAM::Policy")
      .filter(({ Properties }) => Properties.Roles[0].Ref === role)
      .flatMap(({ Properties }) => listOf(Properties.PolicyDocument.Statement))
      .filter(({ Action }) => /connect/i.test(String(Action)));
    expect(connects.map(({ Action }) => Action)).toEqual(["elasticache:Connect"]);
    const group = synthesized.behind(variablesOf(named(name)).STATE_REDIS_GROUP, "api").id;
    expect(JSON.stringify(connects[0].Resource)).toContain(group);
    expect(portsOf(named(name))).toEqual([6379]);
  });

  it("lets operations look at the stage's groups and fail them over, and do nothing else to them", () => {
    const role = named("operations").Properties.Role["Fn::GetAtt"][0];
    const allowed = synthesized
      .resources("AWS::IAM::Policy")
      .filter(({ Properties }) => Properties.Roles[0].Ref === role)
      .flatMap(({ Properties }) => listOf(Properties.PolicyDocument.Statement))
      .flatMap(({ Action, Resource }) => [Action].flat().map((action: string) => [action, [Resource].flat()] as const))
      .filter(([action]) => action.startsWith("elasticache:"));
    expect(allowed.map(([action]) => action).sort()).toEqual([
      "elasticache:DescribeCacheClusters",
      "elasticache:DescribeEvents",
      "elasticache:DescribeReplicationGroups",
      "elasticache:TestFailover",
    ]);
    const groups = config.state === "cache" ? ["CacheGroup"] : ["CacheGroup", "StateGroup"];
    const arns = new Map(allowed).get("elasticache:TestFailover")?.map((arn: Json) => JSON.stringify(arn));
    expect(arns).toEqual(groups.map((group) => expect.stringMatching(`:replicationgroup:.*OutputRef${group}`)));
  });

  it("opens the way to each Redis once, also where one group serves both roles", () => {
    for (const name of ["catalog", "accounts", "leaderboards", "worker"])
      expect(portsOf(named(name))).toEqual(config.state === "cache" ? [5432, 6379] : [5432, 6379, 6379]);
    expect(portsOf(named("checkout"))).toEqual([5432, 6379]);
  });

  it("lets each function sign in to each Redis as a user of its own, and as no other", () => {
    const users = functions.flatMap((fn) => {
      const variables = variablesOf(fn);
      const named = [variables.REDIS_USER, variables.STATE_REDIS_USER].filter((user) => user !== undefined);
      const ids = new Set(named.map((user) => synthesized.behind(user, "api").Properties.UserId));
      const role = fn.Properties.Role["Fn::GetAtt"][0];
      const allowed = synthesized
        .resources("AWS::IAM::Policy")
        .filter(({ Properties }) => Properties.Roles[0].Ref === role)
        .flatMap(({ Properties }) => listOf(Properties.PolicyDocument.Statement))
        .filter(({ Action }) => Action === "elasticache:Connect")
        .flatMap(({ Resource }) => listOf(Resource).map((arn) => listOf(arn["Fn::Join"][1])))
        .filter((parts) => parts.some((part) => String(part).endsWith(":user:")))
        .map((parts) => parts.at(-1));
      expect(new Set(allowed.map((user) => synthesized.behind(user, "api").Properties.UserId))).toEqual(ids);
      return [...ids];
    });
    expect(users).toHaveLength(config.state === "cache" ? 7 : 11);
    expect(new Set(users).size).toBe(users.length);
  });

  it("ends the authorizer before API Gateway gives it up", () => {
    expect(named("authorizer").Properties.Timeout).toBeLessThan(10);
  });

  it("runs each on Node 24 and arm64, traced, with a log of its own in JSON", () => {
    const logs = functions.map((fn) => {
      expect(fn.Properties).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        TracingConfig: { Mode: "Active" },
        LoggingConfig: { LogFormat: "JSON" },
      });
      return synthesized.behind(fn.Properties.LoggingConfig.LogGroup, "api").id;
    });
    expect(new Set(logs).size).toBe(functions.length);
  });

  it("lets no more environments run than the config says, which in dev is nothing: a small account may not have them", () => {
    const reserved = databaseFunctions.map((name) => named(name).Properties.ReservedConcurrentExecutions);
    expect(new Set(reserved)).toEqual(new Set([config.environmentsPerFunction]));
    expect(reserved[0]).toBe(config.name === "prod" ? 80 : undefined);
    const ofWorker = named("worker").Properties.ReservedConcurrentExecutions;
    expect(ofWorker).toBe(config.name === "prod" ? workerEnvironments : undefined);
  });

  it("keeps functions that use a store in the network, each in its own security group, and the others outside", () => {
    const groups = [
      "catalog",
      "accounts",
      "checkout",
      "leaderboards",
      "authorizer",
      "coordination",
      "worker",
      "migrate",
    ].flatMap((name) => named(name).Properties.VpcConfig.SecurityGroupIds);
    expect(new Set(groups.map((group: Json) => synthesized.behind(group, "api").id)).size).toBe(8);
    const outside = ["operations", "unmatched", ...(config.release === "canary" ? ["release-check"] : [])];
    for (const name of outside) expect(named(name).Properties).not.toHaveProperty("VpcConfig");
  });

  it("gives its functions no managed policy, and `*` only where AWS has no narrower name", () => {
    for (const fn of functions) {
      const role = synthesized.behind(fn.Properties.Role, "api");
      expect(role.Properties).not.toHaveProperty("ManagedPolicyArns");
      const statements = synthesized
        .resources("AWS::IAM::Policy")
        .filter(({ Properties }) => listOf(Properties.Roles).some(({ Ref }) => Ref === role.id))
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
      const broad = statements.filter(({ Resource }: Json) => Resource === "*").flatMap(({ Action }: Json) => Action);
      expect(
        broad.filter(
          (action: string) =>
            !/^(xray:Put|elasticache:DescribeEvents$|ec2:(Describe|Create|Delete|Assign|Unassign))/.test(action),
        ),
      ).toEqual([]);
      expect(JSON.stringify(statements.map(({ Action }: Json) => Action))).not.toContain("*");
    }
  });
});

it("keeps each policy below what IAM takes, 6,144 characters of a managed one: a cluster of 50 shards", () => {
  const prod = stages.find(({ name }) => name === "prod")!;
  const config = { ...prod, cache: { ...prod.cache, shards: 50 }, earlyWarnings: false };
  const policies = new SynthesizedStage(config)
    .resources()
    .filter(({ Type, Properties }) => Type.startsWith("AWS::IAM::") && Properties.PolicyDocument !== undefined);
  const said = JSON.stringify(policies).match(/cluster:/g);
  expect(said!.length).toBeGreaterThanOrEqual(103);
  // An id of ElastiCache's or IAM's has some 20 characters in place of each reference.
  const resolved = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(resolved);
    if (value === null || typeof value !== "object") return value;
    if (value["Fn::Join"] !== undefined) return listOf(value["Fn::Join"][1]).map(resolved).join("");
    if ("Ref" in value || "Fn::GetAtt" in value || "Fn::ImportValue" in value) return "x".repeat(20);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner)]));
  };
  for (const { id, Properties } of policies)
    expect([id, JSON.stringify(resolved(Properties.PolicyDocument)).length < 6_144]).toEqual([id, true]);
});
