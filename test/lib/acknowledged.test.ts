import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { acknowledged, acknowledgeFindings, idIn } from "../../lib/acknowledged";
import { addChecks } from "../../lib/checks/checks";
import { stages, type StageConfig } from "../../lib/config";
import { LarderStage } from "../../lib/larder-stage";
import { checkedApp, synthesisFindings } from "./support/synthesis-findings";
import { testApp } from "./support/test-app";

/** What the checks find in these stages, with or without what is acknowledged: ids as one would acknowledge, paths within the stage. */
function findings(
  configs: readonly StageConfig[],
  { withAcknowledged, account }: { withAcknowledged: boolean; account?: string },
) {
  const app = checkedApp();
  for (const config of configs) {
    const stage = new LarderStage(app, config.name, { config, env: { region: config.region, account } });
    if (!withAcknowledged) acknowledgeFindings(stage, config);
  }
  addChecks(app);
  return synthesisFindings(app).map(({ plugin, rule, path: whole }) => {
    const [stage = "", ...rest] = whole.split("/");
    return {
      id: plugin === "AwsSolutions" ? rule : `${plugin.replace(" ", "-")}::${rule}`,
      stage,
      path: rest.join("/"),
    };
  });
}
type Finding = ReturnType<typeof findings>[number];

describe("the findings of the checks", () => {
  it("are all acknowledged, each once, and nothing is acknowledged that isn't found", () => {
    const all = [...stages, mailing];
    const found = findings(all, { withAcknowledged: true });
    const configs = new Map(all.map((config) => [config.name, config]));
    const { network } = new LarderStage(testApp(), "dev", { config: mailing, env: { region: mailing.region } });
    const answersFor = ({ id, at, when }: (typeof acknowledged)[number], finding: Finding) =>
      idIn(network, id) === finding.id && at.test(finding.path) && (when?.(configs.get(finding.stage)!) ?? true);
    for (const finding of found)
      expect([finding, acknowledged.filter((one) => answersFor(one, finding)).length]).toEqual([finding, 1]);
    for (const one of acknowledged)
      expect([one.id, found.filter((finding) => answersFor(one, finding)).length]).not.toEqual([one.id, 0]);
  });

  it.each<[string, (config: StageConfig) => Partial<StageConfig>]>([
    ["mail", () => ({ mail: mailing.mail })],
    ["database.proxy", ({ database }) => ({ database: { ...database, proxy: true } })],
    ["autoscaling", ({ cache }) => ({ cache: { ...cache, ...scaled } })],
    ["durability", ({ cache }) => ({ cache: { ...cache, ...durable } })],
    ["alarmEmail and runbookUrl", () => ({ alarmEmail: "us@example.com", runbookUrl: "https://example.com/runbook" })],
  ])(
    "are none with %s set, without an account and with one: the settings that README.md names can be deployed",
    (_line, change) => {
      for (const account of [undefined, "123456789012"]) {
        const changed = stages.map((config) => ({ ...config, ...change(config) }));
        expect(findings(changed, { withAcknowledged: false, account })).toEqual([]);
      }
    },
  );

  it("of a stage that keeps its data aren't acknowledged where one is thrown away", () => {
    const prod = configOf("prod");
    const database = { ...prod.database, multiAz: false, deletionProtection: false };
    expect(findings([{ ...prod, database }], { withAcknowledged: false })).toEqual(
      ["AwsSolutions-RDS3", "AwsSolutions-RDS10"].map((id) => ({
        id,
        stage: "prod",
        path: "data/Database/Instance/Resource",
      })),
    );
  });

  it("are acknowledged in one file", () => {
    const files = ["bin", "lib"].flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => path.join(folder, name)),
    );
    const acknowledging = files.filter((file) => readFileSync(path.join(root, file), "utf8").includes(".acknowledge("));
    expect(acknowledging).toEqual([path.join("lib", "acknowledged.ts")]);
  });
});

const mailing: StageConfig = {
  ...configOf("dev"),
  name: "mailing",
  mail: { from: "shop@example.com", endpointZones: 2 },
};
const large = { nodeType: "cache.m7g.large", clusterMode: true } as const;
const scaled = { ...large, autoscaling: { of: "shards", by: "memory", percent: 60, most: 6 } } as const;
const durable = { ...large, engine: "valkey", durability: "sync" } as const;

const root = path.join(__dirname, "../..");

function configOf(name: string): StageConfig {
  const found = stages.find((config) => config.name === name);
  if (found === undefined) throw new Error(`no stage ${name}`);
  return found;
}
