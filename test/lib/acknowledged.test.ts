import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { acknowledged, acknowledgeFindings } from "../../lib/acknowledged";
import { addChecks } from "../../lib/checks/checks";
import { stages, type StageConfig } from "../../lib/config";
import { LarderStage } from "../../lib/larder-stage";
import { checkedApp, synthesisFindings } from "./support/synthesis-findings";

/** What the checks find in these stages, with or without what is acknowledged: ids as one would acknowledge, paths within the stage. */
function findings(configs: readonly StageConfig[], { withAcknowledged }: { withAcknowledged: boolean }) {
  const app = checkedApp();
  for (const config of configs) {
    const stage = new LarderStage(app, config.name, { config, env: { region: config.region } });
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
    const found = findings(stages, { withAcknowledged: true });
    const answersFor = ({ id, at, when }: (typeof acknowledged)[number], finding: Finding) =>
      id === finding.id && at.test(finding.path) && (when?.(configOf(finding.stage)) ?? true);
    for (const finding of found)
      expect([finding, acknowledged.filter((one) => answersFor(one, finding)).length]).toEqual([finding, 1]);
    for (const one of acknowledged)
      expect([one.id, found.filter((finding) => answersFor(one, finding)).length]).not.toEqual([one.id, 0]);
  });

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

const root = path.join(__dirname, "../..");

function configOf(name: string): StageConfig {
  const found = stages.find((config) => config.name === name);
  if (found === undefined) throw new Error(`no stage ${name}`);
  return found;
}
