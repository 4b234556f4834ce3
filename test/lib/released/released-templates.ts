/** The templates of the last release, which are what an update starts from: `<stage>/<stack>.json`, one line for each resource. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { StackTemplate, StageTemplates } from "../support/replacement/stage-templates";

export function releasedStages(): string[] {
  return readdirSync(__dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** A stage that was never released has no templates. */
export function readReleased(stage: string): StageTemplates {
  const folder = path.join(__dirname, stage);
  if (!existsSync(folder)) return {};
  return Object.fromEntries(
    readdirSync(folder).map((name) => [
      path.basename(name, ".json"),
      JSON.parse(readFileSync(path.join(folder, name), "utf8")) as StackTemplate,
    ]),
  );
}

export function writeReleased(stage: string, templates: StageTemplates): void {
  const folder = path.join(__dirname, stage);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [stack, template] of Object.entries(templates))
    writeFileSync(path.join(folder, `${stack}.json`), textOf(template));
}

function textOf({ stackName, region, Resources, Outputs }: StackTemplate): string {
  const line = ([key, value]: [string, unknown]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
  const lines = (values: object) => `{\n${Object.entries(values).map(line).join(",\n")}\n}`;
  return `{\n${line(["stackName", stackName])},\n${line(["region", region])},\n"Resources": ${lines(Resources)},\n"Outputs": ${lines(Outputs)}\n}\n`;
}
