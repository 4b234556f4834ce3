import { readFileSync } from "node:fs";
import path from "node:path";
import { synthesizedStages } from "./support/synthesized-stage";

const runbook = readFileSync(path.join(__dirname, "../../docs/runbook.md"), "utf8");
const sections = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) => title);

describe.each(synthesizedStages)("stage $name", ({ synthesized }) => {
  it("has a section in the runbook for each alarm", () => {
    const named = synthesized
      .resources("AWS::CloudWatch::Alarm")
      .map(({ Properties }) => /docs\/runbook\.md#([\w-]+)$/.exec(Properties.AlarmDescription)?.[1]);
    expect(sections).toEqual(expect.arrayContaining([...new Set(named)]));
  });
});
