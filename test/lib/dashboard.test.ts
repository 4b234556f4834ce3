import { readFileSync } from "node:fs";
import path from "node:path";
import { Template } from "aws-cdk-lib/assertions";
import { LarderStage } from "../../lib/larder-stage";
import { listOf, type Json } from "./support/json";
import { unknownMetrics } from "./support/known-metrics";
import { synthesizedStages } from "./support/synthesized-stage";
import { testApp } from "./support/test-app";
import { metricsOfGraph } from "./support/watched-metrics";

const runbook = readFileSync(path.join(__dirname, "../../docs/runbook.md"), "utf8");
const sectionsOfRunbook = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) => title);

/** The body with a word in the place of each reference. */
const bodyOf = ({ DashboardBody }: Json): string =>
  typeof DashboardBody === "string"
    ? DashboardBody
    : listOf(DashboardBody["Fn::Join"][1])
        .map((part) => (typeof part === "string" ? part : "resolved"))
        .join("");

describe.each(synthesizedStages)("the dashboard of stage $name", ({ name, synthesized }) => {
  const [dashboard, ...others] = synthesized.resources("AWS::CloudWatch::Dashboard");
  const widgets = listOf(JSON.parse(bodyOf(dashboard?.Properties)).widgets);
  const graphs = widgets.filter(({ type }) => type === "metric");
  const titles: string[] = graphs.map(({ properties }) => properties.title);
  const text = JSON.stringify(widgets.filter(({ type }) => type === "text"));

  it("is one, in the stack of operations", () => {
    expect(others).toEqual([]);
    expect(dashboard?.stack).toBe("operations");
  });

  it("shows nothing but metrics that exist, under the dimensions that they have", () => {
    const watched = graphs.flatMap(metricsOfGraph);
    expect(unknownMetrics(watched, `Larder/${name}`)).toEqual([]);
    expect(new Set(watched.map(({ namespace }) => namespace))).toEqual(
      new Set([`Larder/${name}`, "AWS/ApiGateway", "AWS/ElastiCache", "AWS/Lambda", "AWS/RDS"]),
    );
  });

  it("keeps to what CloudWatch takes: 500 widgets, 500 metrics in one, 2,500 in all, 1,024 characters in a search", () => {
    const lines = graphs.map(({ properties }) => listOf(properties.metrics));
    expect(widgets.length).toBeLessThanOrEqual(500);
    expect(Math.max(...lines.map((each) => each.length))).toBeLessThanOrEqual(500);
    expect(lines.flat().length).toBeLessThanOrEqual(2_500);
    for (const [{ expression }] of lines.flat().filter(([first]) => typeof first === "object"))
      expect(expression.length).toBeLessThanOrEqual(1_024);
  });

  it("lays no widget over another, and none beside the page", () => {
    const boxes: { x: number; y: number; width: number; height: number }[] = widgets;
    const cells = boxes.flatMap(({ x, y, width, height }) => {
      expect(x + width).toBeLessThanOrEqual(24);
      return Array.from(
        { length: width * height },
        (_, index) => `${x + (index % width)},${y + Math.floor(index / width)}`,
      );
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  it("shows every node of every group", () => {
    const nodes = synthesized
      .resources("AWS::CloudWatch::Alarm")
      .filter(({ Properties }) => Properties.MetricName === "EngineCPUUtilization");
    const shown = graphs
      .filter(({ properties }) => /the thread that runs commands/.test(properties.title))
      .flatMap(({ properties }) => listOf(properties.metrics));
    expect(shown).toHaveLength(nodes.length);
    expect(titles.some((title) => title.startsWith("state: "))).toBe(synthesized.config.state !== "cache");
  });

  it("begins with what wakes people", () => {
    expect(widgets[0]).toMatchObject({ type: "alarm", properties: { alarms: expect.any(Array) } });
    expect(widgets[0].properties.alarms).toHaveLength(3);
  });

  it("names sections of the runbook beside what they are about, each that an alarm names but the page's own", () => {
    const sections = [...text.matchAll(/`([a-z-]+)`/g)].map(([, section]) => section!);
    expect(sectionsOfRunbook).toEqual(expect.arrayContaining(sections));
    const ofAlarms = synthesized
      .resources("AWS::CloudWatch::Alarm")
      .map(({ Properties }) => String(Properties.AlarmDescription).split("#")[1]);
    expect(sections).toEqual(expect.arrayContaining([...new Set(ofAlarms)]));
  });
});

it("links to the runbook where it is told where that is", () => {
  const [{ synthesized }] = synthesizedStages as [(typeof synthesizedStages)[0]];
  const config = { ...synthesized.config, runbookUrl: "https://git.example.com/larder/docs/runbook.md" };
  const { operations } = new LarderStage(testApp(), "dev", { config });
  const [dashboard] = Object.values(Template.fromStack(operations).findResources("AWS::CloudWatch::Dashboard"));
  expect(bodyOf(dashboard?.Properties)).toContain(
    "[redis-memory](https://git.example.com/larder/docs/runbook.md#redis-memory)",
  );
});
