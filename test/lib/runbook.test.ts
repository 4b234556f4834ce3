import { readFileSync } from "node:fs";
import path from "node:path";
import { synthesizedStages } from "./support/synthesized-stage";

const runbook = readFileSync(path.join(__dirname, "../../docs/runbook.md"), "utf8");
const chapters = runbook.split(/^## /m).slice(1);
const titleOf = (chapter: string): string => chapter.slice(0, chapter.indexOf("\n"));
/** Of the sections that alarms name; those about what somebody notices are titled by a sentence. */
const isOfAlarm = (title: string): boolean => /^[a-z-]+$/.test(title);

const named = new Set(
  synthesizedStages.flatMap(({ synthesized }) =>
    ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"]
      .flatMap((type) => synthesized.resources(type))
      .map(({ Properties }) => /docs\/runbook\.md#([\w-]+)$/.exec(Properties.AlarmDescription)?.[1]),
  ),
);

describe("the runbook", () => {
  it("has a section for each alarm, and none for an alarm that is no more", () => {
    expect(chapters.map(titleOf).filter(isOfAlarm).sort()).toEqual([...named].sort());
  });

  it.each(chapters.filter((chapter) => isOfAlarm(titleOf(chapter))).map((chapter) => [titleOf(chapter), chapter]))(
    "says of %s what one sees, how to find out, and what to do",
    (_title, chapter) => {
      for (const step of ["**You see**", "**Find out**", "**Do**"]) expect(chapter).toContain(step);
    },
  );
});
