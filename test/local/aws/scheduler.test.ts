import { playSchedules } from "../../../local/aws/scheduler";
import { processState, run, until } from "./assembly-fixture";

/** Periods that pass when a test says so. */
function heldPeriods() {
  const running = new Map<() => void, number>();
  return {
    every: (periodMs: number, task: () => void) => {
      running.set(task, periodMs);
      return () => void running.delete(task);
    },
    pass: () => [...running.keys()].forEach((task) => task()),
    periodsMs: () => [...running.values()],
  };
}

const target = { Arn: { "Fn::GetAtt": ["Fn", "Arn"] }, RoleArn: "arn:aws:iam::000000000000:role/any" };
const schedule = (properties: object = {}) => ({
  Type: "AWS::Scheduler::Schedule",
  Properties: {
    ScheduleExpression: "rate(1 minute)",
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: target,
    ...properties,
  },
});

describe("a schedule of the application", () => {
  const Fn = {
    code: `exports.handler = async (event) => { console.log(JSON.stringify([process.pid, event])); if (event.fail) throw new RangeError("too far") }`,
  };

  it("calls its function after each period, in one environment that is frozen in between, and ends with the application", async () => {
    const periods = heldPeriods();
    const application = await run({ functions: { Fn }, resources: { Each: schedule() } }, periods.every);
    const { logs } = application;
    expect([logs, periods.periodsMs()]).toEqual([[], [60_000]]);
    const calls = () => logs.map((line) => JSON.parse(line.replace(/^Fn: /, "")));
    for (const count of [1, 2]) {
      periods.pass();
      await until(() => logs.length === count && processState(calls()[0][0]) === "T");
    }
    const [[pid, event], [again]] = calls();
    expect(again).toBe(pid);
    expect(event).toMatchObject({ source: "aws.scheduler", "detail-type": "Scheduled Event" });
    await application.close();
    expect([periods.periodsMs(), processState(pid)]).toEqual([[], undefined]);
  });

  it("hands over what the template says, shows how a call fails, and goes on", async () => {
    const periods = heldPeriods();
    const Each = schedule({ ScheduleExpression: "rate(2 hours)", Target: { ...target, Input: '{"fail":true}' } });
    const { logs } = await run({ functions: { Fn }, resources: { Each } }, periods.every);
    expect(periods.periodsMs()).toEqual([7_200_000]);
    for (const count of [1, 2]) {
      periods.pass();
      await until(() => logs.filter((line) => line === "Fn: RangeError: too far").length === count);
    }
    await until(() => logs.some((line) => /^Fn: \[\d+,\{"fail":true\}\]$/.test(line)));
  });

  it.each([
    ["at times of the day", { ScheduleExpression: "cron(0 3 * * ? *)" }, "cron(0 3 * * ? *)"],
    ["once", { ScheduleExpression: "at(2030-01-01T00:00:00)" }, "at(2030-01-01T00:00:00)"],
    ["more rarely than a timer can", { ScheduleExpression: "rate(30 days)" }, "rate(30 days)"],
    ["at a rate of nothing", { ScheduleExpression: "rate(0 minutes)" }, "rate(0 minutes)"],
    ["with a queue", { Target: { ...target, Arn: "arn:aws:sqs:eu-west-1:000000000000:jobs" } }, "Target.Arn"],
    ["with a function of another application", { Target: { Arn: "arn:aws:lambda:x:0:function:other" } }, "Target.Arn"],
    ["within a window", { FlexibleTimeWindow: { Mode: "FLEXIBLE" } }, "FlexibleTimeWindow.Mode"],
    ["from a day on", { StartDate: "2030-01-01T00:00:00Z" }, "StartDate"],
    [
      "with words to be filled in",
      { Target: { ...target, Input: '"<aws.scheduler.attempt-number>"' } },
      "Target.Input",
    ],
    ["not at all", { State: "DISABLED" }, "State"],
  ])("is named and skipped when it calls %s", async (_how, properties, why) => {
    const periods = heldPeriods();
    const { logs } = await run({ functions: { Fn }, resources: { Each: schedule(properties) } }, periods.every);
    expect(logs).toEqual([`aws: not played on this machine: schedule: Each (${why})`]);
    expect(periods.periodsMs()).toEqual([]);
  });

  it("takes from its function how many calls there may be at once", async () => {
    const periods = heldPeriods();
    const Slow = {
      code: `exports.handler = () => new Promise(() => { console.log("began"); setInterval(() => {}, 1000) })`,
      properties: { ReservedConcurrentExecutions: 1 },
    };
    const Each = schedule({ Target: { ...target, Arn: { "Fn::GetAtt": ["Slow", "Arn"] } } });
    const { logs } = await run({ functions: { Slow }, resources: { Each } }, periods.every);
    periods.pass();
    periods.pass();
    await until(() => logs.includes("Slow: began"));
    expect(logs.filter((line) => line.startsWith("aws:"))).toEqual([
      "aws: schedule Each drops a call: 1 before it are still under way",
    ]);
  });
});

describe("the scheduler", () => {
  it("lets calls overlap as far as the function has room, drops what is beyond, and calls again when there is room", async () => {
    const periods = heldPeriods();
    const underWay: PromiseWithResolvers<undefined>[] = [];
    const logs: string[] = [];
    playSchedules([{ name: "Each", functionName: "fn", periodMs: 1, reservedConcurrency: 2 }], {
      every: periods.every,
      call: () => (underWay.push(Promise.withResolvers<undefined>()), underWay.at(-1)!.promise),
      onLog: (_source, line) => void logs.push(line),
    });
    for (let period = 0; period < 4; period += 1) periods.pass();
    expect([underWay.length, logs.length]).toEqual([2, 2]);

    underWay[0]!.resolve(undefined);
    underWay[1]!.reject(new Error("no such function"));
    await until(() => logs.length === 3);
    expect(logs[2]).toBe("schedule Each could not call fn: Error: no such function");
    await Promise.all(underWay.map(({ promise }) => promise.catch(() => undefined)));
    periods.pass();
    expect(underWay).toHaveLength(3);
  });
});
