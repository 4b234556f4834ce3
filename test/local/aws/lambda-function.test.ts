import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../../local/setup/data-folder";
import type { FunctionSettings } from "../../../local/aws/function-settings";
import { LambdaFunction } from "../../../local/aws/lambda-function";
import { processState, until } from "./assembly-fixture";

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

function create(code: string, { idleMs, ...more }: Partial<FunctionSettings> & { idleMs?: number } = {}) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "index.js"), code);
  const logs: string[] = [];
  const settings: FunctionSettings = {
    name: "fn",
    arn: "arn:aws:lambda:eu-west-1:000000000000:function:fn",
    shortName: "Fn",
    folder,
    handler: "index.handler",
    memoryMb: 128,
    timeoutMs: 10_000,
    environment: { _HANDLER: "index.handler", AWS_LAMBDA_FUNCTION_NAME: "fn", TZ: ":UTC" },
    ...more,
  };
  const fn = new LambdaFunction(settings, (_, line) => logs.push(line), idleMs);
  cleanUp.push(() => fn.close());
  const call = async (event: unknown = {}) => {
    const result = await fn.call(JSON.stringify(event));
    return result.ok ? { value: JSON.parse(result.payload) } : { error: result.error };
  };
  return { fn, call, logs };
}

const pidHandler = "exports.handler = async () => process.pid";

describe("an environment", () => {
  it("initializes once, keeps its memory and takes one call after another", async () => {
    const { call } = create("let calls = 0; exports.handler = async (event) => [process.pid, ++calls, event.name]");
    const first = await call({ name: "a" });
    const second = await call({ name: "b" });
    expect(second.value).toEqual([first.value[0], 2, "b"]);
  });

  it("is stopped between calls", async () => {
    const { call } = create(pidHandler);
    const { value: pid } = await call();
    await until(() => processState(pid) === "T");
    expect((await call()).value).toBe(pid);
    await until(() => processState(pid) === "T");
  });

  it("gives the handler Lambda's context and nothing of this process' environment", async () => {
    process.env.LARDER_TEST_LEAK = "1";
    const { call } = create(
      `exports.handler = async (_, context) => [Object.keys(process.env).sort(), context, context.getRemainingTimeInMillis(), process.cwd() === __dirname, typeof process.send]`,
    );
    const [environment, context, remainingMs, inFolder, send] = (await call()).value;
    delete process.env.LARDER_TEST_LEAK;
    expect(environment).not.toContain("LARDER_TEST_LEAK");
    expect(environment).toContain("_X_AMZN_TRACE_ID");
    expect(context).toMatchObject({ functionName: "fn", invokedFunctionArn: expect.stringMatching(/:fn$/) });
    expect(context.awsRequestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(remainingMs).toBeLessThanOrEqual(10_000);
    expect([inFolder, send]).toEqual([true, "undefined"]);
  });

  it("reports and logs what the handler throws, and lives on", async () => {
    const { call, logs } = create(
      `exports.handler = async (event) => { if (event.fail) throw new RangeError("too far"); return process.pid }`,
    );
    const { value: pid } = await call();
    expect((await call({ fail: true })).error).toMatchObject({ errorType: "RangeError", errorMessage: "too far" });
    expect((await call()).value).toBe(pid);
    expect(logs).toContain("RangeError: too far");
  });

  it("answers null for what JSON can't say, and describes whatever is thrown", async () => {
    const { call } = create(`exports.handler = async (event) => { if (event.fail) throw 42; return () => {} }`);
    expect((await call()).value).toBeNull();
    expect((await call({ fail: true })).error).toEqual({ errorType: "number", errorMessage: "42" });
  });

  it("shows what the function prints", async () => {
    const { call, logs } = create(`exports.handler = async () => { console.log("out"); console.error("err") }`);
    await call();
    await until(() => logs.includes("out") && logs.includes("err"));
  });

  it("loads an ES module", async () => {
    expect((await create("export const handler = async () => 'esm'").call()).value).toBe("esm");
  });

  it.each([
    ["throws while loading", "throw new Error('no configuration')", "Error", "no configuration"],
    [
      "has no such export",
      "exports.other = 1",
      "Runtime.HandlerNotFound",
      "index.handler is undefined or not exported",
    ],
  ])("fails when the bundle %s, and tries again at the next call", async (_, code, errorType, errorMessage) => {
    const { call } = create(code);
    expect((await call()).error).toMatchObject({ errorType, errorMessage });
    expect((await call()).error).toMatchObject({ errorType, errorMessage });
  });

  it("is killed when its time is over, and replaced", async () => {
    const { call, logs } = create(
      `exports.handler = async (event) => event.hang ? new Promise(() => console.log(process.pid)) : process.pid`,
      { timeoutMs: 1000 },
    );
    expect((await call({ hang: true })).error).toMatchObject({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]+ Error: Task timed out after 1.00 seconds$/),
    });
    const hung = Number(logs[0]);
    await until(() => processState(hung) === undefined);
    expect((await call()).value).not.toBe(hung);
  });

  it("is replaced after a crash", async () => {
    const { call } = create(`exports.handler = async (event) => event.exit ? process.exit(3) : process.pid`);
    const { value: pid } = await call();
    expect((await call({ exit: true })).error?.errorMessage).toMatch(/exited with error: exit status 3$/);
    expect((await call()).value).not.toBe(pid);
  });

  it("is replaced when something killed it while it was frozen", async () => {
    const { call } = create(pidHandler);
    const { value: pid } = await call();
    process.kill(pid, "SIGKILL");
    await until(() => processState(pid) === undefined);
    const after = await call();
    // Whoever calls before its end is known gets the failure, as on Lambda.
    const next = after.error ? await call() : after;
    expect(next.value).not.toBe(pid);
  });

  it("dies of more memory than the function has", async () => {
    const { call } = create(
      `exports.handler = async () => { const all = []; for (;;) all.push(new Array(1e6).fill({})) }`,
      {
        memoryMb: 64,
      },
    );
    expect((await call()).error?.errorType).toBe("Runtime.ExitError");
  });

  it("ends when nobody called it for long enough", async () => {
    const { call } = create(pidHandler, { idleMs: 1 });
    const { value: pid } = await call();
    await until(() => processState(pid) === undefined);
  });
});

describe("a function", () => {
  it("has one environment for each call at once, 8 at most, and answers all the same", async () => {
    const { call } = create(pidHandler);
    const pids = await Promise.all(Array.from({ length: 12 }, async () => (await call()).value));
    expect(pids.every((pid) => typeof pid === "number")).toBe(true);
    expect(new Set(pids).size).toBe(8);
  });

  it("uses the environment again that it used last", async () => {
    const { call } = create(pidHandler);
    await Promise.all([call(), call()]);
    const { value: pid } = await call();
    expect((await call()).value).toBe(pid);
  });

  it("leaves no process behind, frozen or busy, and fails the calls under way and waiting", async () => {
    const { fn, call, logs } = create(
      "exports.handler = async (event) => { console.log(process.pid); if (event.hang) await new Promise(() => setInterval(() => {}, 1000)) }",
    );
    await call();
    const calls = Array.from({ length: 9 }, () => call({ hang: true }));
    await until(() => logs.length === 9);
    await fn.close();
    for (const { error } of await Promise.all(calls)) expect(error).toBeDefined();
    expect((await call()).error?.errorType).toBe("ServiceException");
    for (const pid of logs.filter((line) => /^\d+$/.test(line))) expect(processState(Number(pid))).toBeUndefined();
  });

  it("refuses an event and an answer above Lambda's 6 MB", async () => {
    const { call } = create(`exports.handler = async ({ bytes }) => "x".repeat(bytes)`);
    expect((await call("x".repeat(6 * 1024 * 1024))).error?.errorType).toBe("RequestTooLargeException");
    expect((await call({ bytes: 6 * 1024 * 1024 + 200 })).error?.errorType).toBe("Function.ResponseSizeTooLarge");
    expect((await call({ bytes: 6 * 1024 * 1024 - 2 })).value).toHaveLength(6 * 1024 * 1024 - 2);
  });
});
