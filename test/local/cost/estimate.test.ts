import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../../local/setup/data-folder";
import { readAssembly } from "../../../local/aws/template";
import { type Estimate, estimate } from "../../../local/cost/estimate";
import { tracesOf } from "../../../local/cost/function-costs";
import { type PriceFile, readPrices } from "../../../local/cost/prices";
import { details, provenance, sumOf, summary } from "../../../local/cost/report";
import { readTraffic } from "../../../local/cost/traffic";

type Resources = Record<string, { Type: string; Properties?: Record<string, unknown> }>;

const [prices, traffic] = [readPrices(), readTraffic()];
const hours = 730;

/** Of one stack with these resources, as `cdk synth` writes it. */
function estimateOf(
  resources: Resources,
  {
    region = prices.region,
    stage = "prod",
    priceFile = prices,
  }: { region?: string; stage?: string; priceFile?: PriceFile } = {},
): Estimate {
  const folder = temporaryFolder();
  const stack = {
    type: "aws:cloudformation:stack",
    environment: `aws://unknown-account/${region}`,
    properties: { templateFile: "one.json", stackName: "one" },
  };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ artifacts: { one: stack } }));
  writeFileSync(join(folder, "one.json"), JSON.stringify({ Resources: resources }));
  return estimate(stage, readAssembly(folder), priceFile, traffic);
}

/** How much of what has this price, in all lines. */
function quantityOf({ lines }: Estimate, priceName: string): number {
  const ofPrice = lines.filter(({ price }) => price === prices.prices[priceName]);
  return ofPrice.reduce((sum, { quantity }) => sum + quantity, 0);
}

function group(properties: Record<string, unknown>): Resources {
  const Properties = { CacheNodeType: "cache.t4g.small", Engine: "redis", ...properties };
  return { Group: { Type: "AWS::ElastiCache::ReplicationGroup", Properties } };
}

describe("Redis", () => {
  it.each([
    [{ NumNodeGroups: 2, ReplicasPerNodeGroup: 1 }, 4],
    [{ NumNodeGroups: 3, ReplicasPerNodeGroup: 2 }, 9],
    [{ NumNodeGroups: 1, ReplicasPerNodeGroup: 0 }, 1],
    [{ NumCacheClusters: 3 }, 3],
    [{}, 1],
  ])("counts the nodes of %j: %d", (properties, nodes) => {
    expect(quantityOf(estimateOf(group(properties)), "cache.t4g.small redis")).toBe(nodes * hours);
  });

  it("prices nodes by their engine", () => {
    expect(quantityOf(estimateOf(group({ Engine: "valkey" })), "cache.t4g.small valkey")).toBe(hours);
  });

  it("counts the snapshots of each shard but for the latest", () => {
    const kept = estimateOf(group({ NumNodeGroups: 2, ReplicasPerNodeGroup: 1, SnapshotRetentionLimit: 7 }));
    expect(quantityOf(kept, "cache snapshot")).toBe(6 * 2 * traffic.stages.prod!.redisGBPerShard);
    expect(quantityOf(estimateOf(group({ SnapshotRetentionLimit: 1 })), "cache snapshot")).toBe(0);
  });

  it("names a node type without a price, and what to do", () => {
    expect(() => estimateOf(group({ CacheNodeType: "cache.x9.huge" }))).toThrow(
      'there is no price of "cache.x9.huge redis" in local/cost/prices.json: add it, for us-east-2, with its source',
    );
  });

  it("refuses a number of nodes that only a deploy would know", () => {
    expect(() => estimateOf(group({ NumNodeGroups: { Ref: "Shards" } }))).toThrow(
      /AWS::ElastiCache::ReplicationGroup one\/Group can't be priced: .*NumNodeGroups/,
    );
  });
});

describe("PostgreSQL", () => {
  const instance = (properties: object): Resources => ({
    Database: {
      Type: "AWS::RDS::DBInstance",
      Properties: {
        DBInstanceClass: "db.t4g.medium",
        Engine: "postgres",
        AllocatedStorage: "50",
        StorageType: "gp3",
        ...properties,
      },
    },
  });

  it("counts instance and disk twice where one stands by", () => {
    const [one, two] = [estimateOf(instance({})), estimateOf(instance({ MultiAZ: true }))];
    expect([one, two].map((each) => quantityOf(each, "db.t4g.medium postgres"))).toEqual([hours, 2 * hours]);
    expect([one, two].map((each) => quantityOf(each, "database disk gp3"))).toEqual([50, 100]);
  });

  it("counts backups only beyond the size of the disk", () => {
    const backups = (days: number) =>
      quantityOf(estimateOf(instance({ BackupRetentionPeriod: days })), "database backup");
    expect(backups(7)).toBe(0);
    expect(backups(60)).toBeCloseTo(50 * traffic.diskInUse * (1 + 60 * traffic.diskChangedPerDay) - 50);
  });

  it("counts the secret that RDS keeps", () => {
    expect(quantityOf(estimateOf(instance({ ManageMasterUserPassword: true })), "secret")).toBe(1);
  });

  it("names a kind of disk without a price", () => {
    expect(() => estimateOf(instance({ StorageType: "io2" }))).toThrow('"database disk io2"');
  });
});

describe("endpoints", () => {
  const endpoint = (zones: number): Resources[string] => ({
    Type: "AWS::EC2::VPCEndpoint",
    Properties: {
      VpcEndpointType: "Interface",
      ServiceName: "com.amazonaws.us-east-2.secretsmanager",
      SubnetIds: Array.from({ length: zones }, (_, at) => ({ "Fn::ImportValue": `subnet ${at}` })),
    },
  });

  it("cost for each zone they lie in", () => {
    const both = estimateOf({ One: endpoint(2), Other: endpoint(3) });
    expect(quantityOf(both, "interface endpoint")).toBe((2 + 3) * hours);
  });

  it("of S3 and DynamoDB cost nothing", () => {
    const gateway = { Type: "AWS::EC2::VPCEndpoint", Properties: { ServiceName: "s3" } };
    expect(estimateOf({ Gateway: gateway })).toMatchObject({ lines: [], unpriced: [] });
  });
});

describe("functions", () => {
  const lambda = (name: string, more: object = {}): Resources[string] => ({
    Type: "AWS::Lambda::Function",
    Properties: {
      Architectures: ["arm64"],
      MemorySize: 512,
      Environment: { Variables: { POWERTOOLS_SERVICE_NAME: name, WORKER_RUN_SECONDS: "125" } },
      LoggingConfig: { LogGroup: { Ref: "Log" } },
      ...more,
    },
  });
  const log: Resources[string] = { Type: "AWS::Logs::LogGroup", Properties: { RetentionInDays: 90 } };
  const schedule = (to: string): Resources[string] => ({
    Type: "AWS::Scheduler::Schedule",
    Properties: { ScheduleExpression: "rate(1 minute)", Target: { Arn: { "Fn::GetAtt": [to, "Arn"] } } },
  });
  const { requests } = traffic.stages.prod!;

  it("are called by requests, for as long as is assumed", () => {
    const catalog = estimateOf({ Catalog: lambda("larder-catalog"), Log: log });
    const { callsPerRequest, ms } = traffic.functions["larder-catalog"]!;
    const calls = requests * callsPerRequest;
    expect(quantityOf(catalog, "lambda request")).toBe(calls);
    expect(quantityOf(catalog, "lambda arm64")).toBeCloseTo((calls * ms * 512) / 1_024 / 1_000);
    expect(quantityOf(catalog, "log ingestion")).toBeCloseTo((calls * traffic.callLogBytes) / 1e9);
    expect(quantityOf(catalog, "log storage")).toBeCloseTo(
      ((calls * traffic.callLogBytes) / 1e9) * traffic.storedLogShare * 3,
    );
  });

  it.each(["Worker", "Alias"])("count the overlapping runs of a schedule that calls the %s", (called) => {
    const worker = estimateOf({
      Worker: lambda("larder-worker", { MemorySize: 256 }),
      Alias: { Type: "AWS::Lambda::Alias", Properties: { FunctionName: { Ref: "Worker" }, Name: "live" } },
      Schedule: schedule(called),
      Log: log,
    });
    const runs = hours * 60;
    const runSeconds = 125 + traffic.functions["larder-worker"]!.ms / 1_000;
    expect(quantityOf(worker, "schedule call")).toBe(runs);
    expect(quantityOf(worker, "lambda arm64")).toBeCloseTo((runs * runSeconds * 256) / 1_024);
  });

  it("are traced and publish metrics only where the template says so", () => {
    const watched = lambda("larder-catalog", {
      TracingConfig: { Mode: "Active" },
      Environment: {
        Variables: { POWERTOOLS_SERVICE_NAME: "larder-catalog", POWERTOOLS_METRICS_NAMESPACE: "Larder/prod" },
      },
    });
    const of = (catalog: Resources[string]) => {
      const it = estimateOf({ Catalog: catalog, Log: log });
      return [quantityOf(it, "x-ray trace") > 0, quantityOf(it, "custom metric")];
    };
    expect(of(watched)).toEqual([true, traffic.functions["larder-catalog"]!.customMetrics]);
    expect(of(lambda("larder-catalog"))).toEqual([false, 0]);
  });

  it("are named if no traffic is assumed for them; those of CDK run in deploys only", () => {
    const unknown = estimateOf({ New: lambda("larder-new"), Helper: { Type: "AWS::Lambda::Function" } });
    expect(unknown).toMatchObject({
      lines: [],
      unpriced: ["function larder-new: no traffic is assumed for it, add it to local/cost/traffic.json"],
    });
  });

  it("are named with a schedule that can't be read", () => {
    const cron = schedule("Worker");
    cron.Properties!.ScheduleExpression = "cron(0 3 * * ? *)";
    expect(estimateOf({ Worker: lambda("larder-worker"), Log: log, Cron: cron }).unpriced).toEqual([
      "schedule Cron, and what it calls at cron(0 3 * * ? *)",
    ]);
  });

  it("have nearly all calls traced while they are rare, and a twentieth of those beyond one a second", () => {
    expect(tracesOf(1_000) / 1_000).toBeCloseTo(1, 2);
    expect(tracesOf(1e9) / (2_628_000 + (1e9 - 2_628_000) / 20)).toBeCloseTo(1, 5);
  });

  it("whose log is kept for ever are named", () => {
    const forEver = estimateOf({ Catalog: lambda("larder-catalog"), Log: { Type: "AWS::Logs::LogGroup" } });
    expect(forEver.unpriced).toEqual(["storage of the larder-catalog, which is kept for ever"]);
  });
});

describe("watching", () => {
  it("counts alarms by their metrics", () => {
    const alarm = (properties: object): Resources[string] => ({
      Type: "AWS::CloudWatch::Alarm",
      Properties: { ...properties },
    });
    const stat = (Period: number) => ({ MetricStat: { Period } });
    const alarms = estimateOf({
      One: alarm({ MetricName: "Errors", Period: 300 }),
      Sum: alarm({ Metrics: [{ Expression: "a + b" }, stat(60), stat(60)] }),
      Fine: alarm({ MetricName: "Errors", Period: 10 }),
      Composite: { Type: "AWS::CloudWatch::CompositeAlarm" },
      Query: alarm({ Metrics: [{ Expression: "SELECT MAX(CPU) FROM x" }] }),
      Dashboard: { Type: "AWS::CloudWatch::Dashboard" },
    });
    const names = ["alarm metric", "alarm metric, below a minute", "composite alarm", "dashboard"];
    expect(names.map((name) => quantityOf(alarms, name))).toEqual([3, 1, 1, 1]);
    expect(alarms.unpriced).toEqual(["AWS::CloudWatch::Alarm one/Query, whose metrics are known only when it runs"]);
  });

  it("counts six metrics a route where they are detailed", () => {
    const api = (DetailedMetricsEnabled: boolean) =>
      estimateOf({
        Stage: { Type: "AWS::ApiGatewayV2::Stage", Properties: { DefaultRouteSettings: { DetailedMetricsEnabled } } },
        One: { Type: "AWS::ApiGatewayV2::Route" },
        Other: { Type: "AWS::ApiGatewayV2::Route" },
      });
    expect([true, false].map((detailed) => quantityOf(api(detailed), "custom metric"))).toEqual([
      2 * 6 * traffic.routesInUse,
      0,
    ]);
    expect(quantityOf(api(true), "http api request")).toBe(traffic.stages.prod!.requests);
  });

  it("counts a log that functions or the API write once, with them", () => {
    const both = estimateOf({
      Stage: {
        Type: "AWS::ApiGatewayV2::Stage",
        Properties: { AccessLogSettings: { DestinationArn: { "Fn::GetAtt": ["Access", "Arn"] } } },
      },
      Access: { Type: "AWS::Logs::LogGroup", Properties: { RetentionInDays: 30 } },
      SlowLog: { Type: "AWS::Logs::LogGroup", Properties: { RetentionInDays: 30 } },
      EngineLog: { Type: "AWS::Logs::LogGroup", Properties: { RetentionInDays: 30 } },
    });
    const accessGB = (traffic.stages.prod!.requests * traffic.accessLogBytes) / 1e9;
    expect(quantityOf(both, "log ingestion")).toBeCloseTo(accessGB + 2 * traffic.otherLogGB);
  });
});

describe("CloudFront and the firewall", () => {
  const { requests } = traffic.stages.prod!;
  const api: Resources = { Stage: { Type: "AWS::ApiGatewayV2::Stage" } };
  const distribution = (functions: number): Resources => ({
    Distribution: {
      Type: "AWS::CloudFront::Distribution",
      Properties: {
        DistributionConfig: {
          DefaultCacheBehavior: { FunctionAssociations: Array.from({ length: functions }, () => ({})) },
        },
      },
    },
    Function: { Type: "AWS::CloudFront::Function" },
  });

  it("are paid by the request, beside the API, and answers are paid once", () => {
    const [plain, edge] = [estimateOf(api), estimateOf({ ...api, ...distribution(1) })];
    expect([plain, edge].map((each) => quantityOf(each, "http api request"))).toEqual([requests, requests]);
    expect(quantityOf(edge, "cloudfront request")).toBe(requests);
    expect(quantityOf(edge, "cloudfront function call")).toBe(requests);
    const answersGB = (requests * traffic.answerBytes) / 1e9;
    expect([plain, edge].map((each) => quantityOf(each, "data to the internet"))).toEqual([answersGB, 0]);
    expect(quantityOf(edge, "cloudfront data to the internet")).toBe(answersGB);
    expect(edge.unpriced).toEqual([]);
  });

  it("call no function where there is none", () => {
    expect(quantityOf(estimateOf(distribution(0)), "cloudfront function call")).toBe(0);
  });

  it("count the firewall by itself, by its rules and by the request", () => {
    const firewall = { Type: "AWS::WAFv2::WebACL", Properties: { Rules: [{}, {}, {}, {}] } };
    const found = estimateOf({ Firewall: firewall, Logging: { Type: "AWS::WAFv2::LoggingConfiguration" } });
    expect(["firewall", "firewall rule", "firewall request"].map((name) => quantityOf(found, name))).toEqual([
      1,
      4,
      requests,
    ]);
    expect(found.unpriced).toEqual([]);
  });
});

it("names what it knows no price of, and is silent about what is free", () => {
  const found = estimateOf({
    Firewall: { Type: "AWS::NetworkFirewall::Firewall" },
    Role: { Type: "AWS::IAM::Role" },
    Trigger: { Type: "Custom::Trigger" },
    Key: { Type: "AWS::KMS::Key" },
  });
  expect(found.unpriced).toEqual(["AWS::NetworkFirewall::Firewall one/Firewall"]);
  expect(quantityOf(found, "kms key")).toBe(1);
  expect(details(found)).toContain("not in it: AWS::NetworkFirewall::Firewall one/Firewall");
});

it("says that a stage in another region isn't what the prices are of", () => {
  expect(estimateOf({}, { region: "eu-west-1" }).unpriced).toEqual([
    "what differs in eu-west-1, where one lies: the prices are those of us-east-2",
  ]);
});

it("refuses a stage whose traffic nobody has assumed", () => {
  expect(() => estimateOf({}, { stage: "test" })).toThrow(
    'no traffic is assumed for the stage "test": add it to local/cost/traffic.json',
  );
});

it("sums up what its lines say, and tells which prices are from memory", () => {
  const two = { usd: 2, per: "hour", source: "from memory" };
  const priceFile = { ...prices, prices: { ...prices.prices, "cache.t4g.small redis": two } };
  const found = estimateOf({ ...group({}), Key: { Type: "AWS::KMS::Key" } }, { priceFile });
  expect(sumOf(found.lines)).toBe(2 * hours + 1);
  expect(details(found)).toMatch(/Group: 1 × cache.t4g.small, redis +730 × \$2 per hour \* +\$1460/);
  expect(summary([found, found])).toContain("| **together** | **$1461** | **$1461** |");
  expect(provenance(priceFile, [found])).toContain("2 used, 2 of them from memory");
});
