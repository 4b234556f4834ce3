import { stages, type StageConfig } from "../../lib/config";
import { checkStageConfig } from "../../lib/config-checks";

const [dev, prod] = stages as [StageConfig, StageConfig];
const domain = { name: "api.example.com", certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/0b5c-1" };
const cacheThatEvicts = { ...dev.cache, maxmemoryPolicy: "allkeys-lru" } as const;

describe("the config of a stage", () => {
  it.each(stages)("is accepted as it stands: $name", (config) => {
    expect(() => checkStageConfig(config)).not.toThrow();
  });

  it.each<[string, Partial<StageConfig>, RegExp]>([
    ["a name that makes no resource names", { name: "Dev_1" }, /name is "Dev_1": use up to 10/],
    ["no region", { region: "Ohio" }, /region is "Ohio"/],
    ["one zone", { availabilityZones: ["us-east-2a"] }, /lists 1: name at least two/],
    ["one zone named twice", { availabilityZones: ["us-east-2a", "us-east-2a"] }, /names a zone twice/],
    [
      "zones of another region",
      { availabilityZones: ["us-east-1a", "us-east-2b"] },
      /"us-east-1a" is not one of us-east-2/,
    ],
    ["one group that evicts for both roles", { cache: cacheThatEvicts }, /serves state too.+use noeviction/],
    ["a state that evicts", { state: cacheThatEvicts }, /state has maxmemoryPolicy allkeys-lru/],
    [
      "replicas that come and go where locks wait for all of them",
      { state: { ...dev.cache, autoscaling: { of: "replicas", by: "cpu", percent: 60, most: 3 } } },
      /autoscaling adds replicas to the group of state: .+; use shards/,
    ],
    ["no requests", { api: { ...dev.api, requestsPerSecond: 0 } }, /requestsPerSecond is 0/],
    ["a burst below the rate", { api: { ...dev.api, burst: 10 } }, /burst is 10, below/],
    ["too little memory", { functions: { memoryMiB: 64, timeoutSeconds: 10 } }, /memoryMiB is 64/],
    [
      "a function that outlives its request",
      { functions: { memoryMiB: 512, timeoutSeconds: 30 } },
      /timeoutSeconds is 30/,
    ],
    [
      "a function that ends before the outbox can be swept",
      { functions: { memoryMiB: 512, timeoutSeconds: 4 } },
      /timeoutSeconds is 4: use 5 to 29/,
    ],
    [
      "more environments than the database has connections for",
      { environmentsPerFunction: 16 },
      /is 16, which makes 67 connections to PostgreSQL with those of the worker, and a t4g.micro has some 62 for them: use at most 14, or a larger database.instanceClass, or set database.proxy/,
    ],
    [
      "more environments than the proxy can serve",
      { environmentsPerFunction: 155, database: { ...dev.database, proxy: true } },
      /is 155, which makes 623 connections .+, and the proxy to a t4g.micro has some 620 for them: use at most 154, or a larger database.instanceClass$/,
    ],
    [
      "a worker that runs for longer than two minutes",
      { workerRunSeconds: 126 },
      /workerRunSeconds is 126: use .+ to 125/,
    ],
    ["half an environment", { environmentsPerFunction: 0.5 }, /environmentsPerFunction is 0.5: use a whole number/],
    ["more endpoints than zones", { secretsEndpointZones: 3 }, /secretsEndpointZones is 3: use 1 to 2/],
    [
      "more endpoints for mail than zones",
      { mail: { from: "shop@example.com", endpointZones: 3 } },
      /mail.endpointZones is 3: use 1 to 2/,
    ],
    [
      "an address for mail that isn't plain",
      { mail: { from: "Shop <shop@example.com>", endpointZones: 1 } },
      /mail.from is "Shop <shop@example.com>": use a plain address such as/,
    ],
    [
      "a domain that is an address",
      { domain: { ...domain, name: "https://api.example.com" } },
      /domain.name is "https:\/\/api.example.com": use a name below your domain/,
    ],
    ["a domain of a single word", { domain: { ...domain, name: "shop" } }, /domain.name is "shop": use a name below/],
    [
      "a certificate of another region",
      { domain: { ...domain, certificateArn: domain.certificateArn.replace("us-east-1", "us-east-2") } },
      /domain.certificateArn names a certificate in us-east-2: request one in us-east-1/,
    ],
    [
      "a certificate by its name",
      { domain: { ...domain, certificateArn: "api.example.com" } },
      /domain.certificateArn is "api.example.com": use the ARN of a certificate of ACM/,
    ],
    [
      "a firewall that blocks sooner than the API's own limit",
      { waf: { action: "block", requestsPerAddress: 3_199 } },
      /waf.requestsPerAddress is 3199, below the 3200 that .+limits.ts grants an address in five minutes: raise it/,
    ],
    [
      "half a request",
      { waf: { action: "block", requestsPerAddress: 5_000.5 } },
      /waf.requestsPerAddress is 5000.5: use a whole number/,
    ],
    ["a key without number", { domain, edgeKey: 0 }, /edgeKey is 0: use 1, and one more for each new key/],
    [
      "a key for nobody",
      { edgeKey: 2 },
      /edgeKey is 2, but there is no CloudFront to give it to: leave it out, or set/,
    ],
    ["a runbook at no page", { runbookUrl: "docs/runbook.md" }, /runbookUrl is "docs\/runbook.md": use the https/],
    ["something else than an address", { alarmEmail: "ops" }, /alarmEmail is "ops"/],
  ])("is refused with %s", (_mistake, change, message) => {
    expect(() => checkStageConfig({ ...dev, ...change })).toThrow(message);
  });

  it.each(["shop@example.com", "no-reply+orders@mail.example.co.uk"])("is accepted with mail from %s", (from) => {
    expect(() => checkStageConfig({ ...dev, mail: { from, endpointZones: 2 } })).not.toThrow();
  });

  it("is accepted with a domain, a firewall, or both", () => {
    const waf = { action: "count", requestsPerAddress: 3_200 } as const;
    for (const change of [{ domain }, { waf }, { domain, waf, edgeKey: 3 }])
      expect(() => checkStageConfig({ ...dev, ...change })).not.toThrow();
  });

  it("is refused with all of its mistakes at once", () => {
    expect(() => checkStageConfig({ ...prod, secretsEndpointZones: 0, alarmEmail: "x" })).toThrow(
      /^stage prod: .+; .+$/,
    );
  });

  it("is accepted with as many environments as the database has connections for, or where its class isn't known", () => {
    const withDatabase = (environmentsPerFunction: number, instanceClass: string) => () =>
      checkStageConfig({ ...dev, environmentsPerFunction, database: { ...dev.database, instanceClass } });
    expect(withDatabase(14, "t4g.micro")).not.toThrow();
    const proxied = { ...dev, environmentsPerFunction: 154, database: { ...dev.database, proxy: true } };
    expect(() => checkStageConfig(proxied)).not.toThrow();
    expect(withDatabase(5_000, "x2g.large")).not.toThrow();
  });
});
