import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { runApplication } from "../../../local/aws/application";
import { ask, endpoints, processState, run, until, writeAssembly } from "./assembly-fixture";

const pid = { code: "exports.handler = async () => String(process.pid)" };
const printing = (line: string) => ({ code: `exports.handler = async () => console.log(${JSON.stringify(line)})` });
const trigger = (fn: string, DependsOn?: string | string[]) => ({
  Type: "Custom::Trigger",
  Properties: { HandlerArn: { Ref: `${fn}Version` } },
  DependsOn,
});
const version = (fn: string) => ({ Type: "AWS::Lambda::Version", Properties: { FunctionName: { Ref: fn } } });

describe("a function of the application", () => {
  it("has the template's environment, resolved across stacks and changed for this machine, and Lambda's own", async () => {
    const environment = {
      REDIS_HOST: { "Fn::ImportValue": "data:RedisHost" },
      REDIS_PORT: { "Fn::ImportValue": "data:RedisPort" },
      REDIS_AUTH: "iam",
      LIMIT: 5,
    };
    const Fn = { code: "exports.handler = async () => process.env", environment, properties: { MemorySize: 256 } };
    const { url } = await run({ functions: { Fn }, routes: { $default: "Fn" } });
    expect((await ask(url, "/")).json()).toMatchObject({
      REDIS_HOST: "redis.local",
      REDIS_PORT: "7001",
      REDIS_AUTH: "password",
      REDIS_PASSWORD: "redis-secret",
      LIMIT: "5",
      AWS_REGION: "eu-west-1",
      AWS_LAMBDA_FUNCTION_NAME: "api-Fn",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    });
  });

  it("reads the database's secret through the real SDK, and no other", async () => {
    const sdk = JSON.stringify(require.resolve("@aws-sdk/client-secrets-manager"));
    const Fn = {
      code: `const { SecretsManager } = require(${sdk}); const client = new SecretsManager();
        exports.handler = async (event) => {
          const SecretId = event.rawPath === "/other" ? process.env.SECRET + "x" : process.env.SECRET;
          return client.getSecretValue({ SecretId }).then(({ SecretString }) => SecretString, ({ name }) => name);
        }`,
      environment: { SECRET: { "Fn::ImportValue": "data:Secret" } },
    };
    const { url } = await run({ functions: { Fn }, routes: { $default: "Fn" } });
    expect(JSON.parse((await ask(url, "/")).json())).toEqual({ username: "postgres", password: "master-secret" });
    expect((await ask(url, "/other")).json()).toBe("ResourceNotFoundException");
  });

  it("is called through a version or an alias as well", async () => {
    const { url } = await run({
      functions: { Fn: pid },
      routes: { $default: "Fn" },
      integration: { IntegrationUri: { Ref: "Live" } },
      resources: { Live: { Type: "AWS::Lambda::Alias", Properties: { FunctionName: { Ref: "Fn" }, Name: "live" } } },
    });
    expect((await ask(url, "/")).status).toBe(200);
  });
});

describe("starting an application", () => {
  it("calls its triggers one after another, each after those it depends on", async () => {
    const { logs } = await run({
      functions: { Last: printing("last"), First: printing("first"), Middle: printing("middle") },
      resources: {
        LastVersion: version("Last"),
        FirstVersion: version("First"),
        MiddleVersion: version("Middle"),
        LastTrigger: trigger("Last", ["Between"]),
        Between: { Type: "AWS::SNS::Topic", DependsOn: "MiddleTrigger" },
        MiddleTrigger: trigger("Middle", "FirstTrigger"),
        FirstTrigger: trigger("First"),
      },
    });
    await until(() => logs.length === 3);
    expect(logs).toEqual(["First: first", "Middle: middle", "Last: last"]);
  });

  it("fails when a trigger fails, with the function's error, and leaves nothing behind", async () => {
    const Fn = {
      code: "exports.handler = async () => { console.log(process.pid); throw new TypeError('no such table') }",
    };
    const assemblyDir = writeAssembly({
      functions: { Fn },
      resources: { FnVersion: version("Fn"), FnTrigger: trigger("Fn") },
    });
    const logs: string[] = [];
    const starting = runApplication({ assemblyDir, endpoints, port: 0, onLog: (_, line) => void logs.push(line) });
    await expect(starting).rejects.toThrow("trigger api-Fn failed: TypeError: no such table");
    expect(logs).toContainEqual(expect.stringMatching(/^\s+at .*index\.js:1/));
    expect(processState(Number(logs.find((line) => /^\d+$/.test(line))))).toBeUndefined();
    rmSync(assemblyDir, { recursive: true });
  });

  it("fails when its port is taken, and leaves nothing behind", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const assemblyDir = writeAssembly({ functions: { Fn: pid }, routes: { $default: "Fn" } });
    const starting = runApplication({ assemblyDir, endpoints, port, onLog: () => undefined });
    await expect(starting).rejects.toThrow(`can't listen on port ${port}: stop what listens there or choose another`);
    other.close();
    rmSync(assemblyDir, { recursive: true });
  });

  it("fails when a function is no bundle for Node.js", async () => {
    const assemblyDir = writeAssembly({
      functions: { Fn: { ...pid, properties: { Runtime: "python3.13" } } },
      routes: { $default: "Fn" },
    });
    const starting = runApplication({ assemblyDir, endpoints, port: 0, onLog: () => undefined });
    await expect(starting).rejects.toThrow("function Fn can't run here");
    rmSync(assemblyDir, { recursive: true });
  });

  it("names once what it doesn't play and what a function lacks", async () => {
    const { logs } = await run({
      functions: { Fn: { ...pid, environment: { TOPIC: { Ref: "Topic" } } } },
      routes: { "GET /a": "Fn", "GET /b": "Other" },
      resources: {
        Topic: { Type: "AWS::SNS::Topic" },
        Nightly: { Type: "AWS::Scheduler::Schedule" },
        OtherIntegration: { Type: "AWS::ApiGatewayV2::Integration", Properties: { IntegrationType: "HTTP_PROXY" } },
        TooHigh: { Type: "AWS::CloudWatch::Alarm" },
      },
    });
    expect(logs).toEqual([
      "aws: TOPIC of Fn isn't on this machine: AWS::SNS::Topic api/Topic.Ref",
      "aws: not played on this machine: schedule: Nightly (ScheduleExpression, FlexibleTimeWindow, Target)",
      "aws: not played on this machine: route without a function: GET /b",
    ]);
  });
});

describe("ending an application", () => {
  it("leaves no process and no listener", async () => {
    const application = await run({ functions: { Fn: pid }, routes: { $default: "Fn" } });
    const frozen = Number((await ask(application.url, "/")).json());
    await until(() => processState(frozen) === "T");
    await application.close();
    expect(processState(frozen)).toBeUndefined();
    await expect(ask(application.url, "/")).rejects.toThrow("ECONNREFUSED");
  });

  it("happens by itself to the environments when the process that runs it is killed", async () => {
    const assemblyDir = writeAssembly({ functions: { Fn: pid }, routes: { $default: "Fn" } });
    const options = JSON.stringify({ assemblyDir, endpoints, port: 0 });
    const application = JSON.stringify(join(__dirname, "../../../local/aws/application.ts"));
    const program = `import { runApplication } from ${application};
      runApplication({ ...${options}, onLog: () => {} }).then(({ url }) => console.log(url));`;
    const runner = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
      cwd: join(__dirname, "../../.."),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [url] = (await once(createInterface({ input: runner.stdout }), "line")) as [string];
    const frozen = Number((await ask(url, "/")).json());
    await until(() => processState(frozen) === "T");

    runner.kill("SIGKILL");
    await until(() => processState(frozen) === undefined);
    rmSync(assemblyDir, { recursive: true });
  });
});
