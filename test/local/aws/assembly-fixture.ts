/** Small cloud assemblies in a temporary folder, with functions given as text, and a way to run them and to ask them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request, type IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { text } from "node:stream/consumers";
import { temporaryFolder } from "../../../local/setup/data-folder";
import { runApplication, type Application, type ApplicationOptions } from "../../../local/aws/application";
import type { LocalEndpoints } from "../../../local/aws/endpoints";

export const endpoints: LocalEndpoints = {
  redis: { host: "redis.local", port: 7001, user: "app", password: "redis-secret", hasFunctionUsers: false },
  postgres: {
    host: "postgres.local",
    port: 7002,
    master: { user: "postgres", password: "master-secret" },
    appPassword: "app-secret",
  },
};

interface FixtureFunction {
  readonly code: string;
  readonly properties?: object;
  readonly environment?: object;
}

interface Fixture {
  readonly functions: Record<string, FixtureFunction>;
  /** Route key to function. */
  readonly routes?: Record<string, string>;
  /** The function that authorizes all routes, and what differs in its authorizer. */
  readonly authorizedBy?: string;
  readonly authorizer?: object;
  readonly cors?: object;
  readonly stage?: object;
  readonly integration?: object;
  /** More resources of the api stack. */
  readonly resources?: object;
}

/** Two stacks, as CDK writes them: `data` exports its endpoints, `api` imports them. */
export function writeAssembly(fixture: Fixture): string {
  const { functions, routes = {}, authorizedBy, authorizer, cors, stage, integration, resources } = fixture;
  const dir = temporaryFolder();
  const write = (file: string, content: unknown): void => writeFileSync(join(dir, file), JSON.stringify(content));
  const api: Record<string, unknown> = {
    Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { ProtocolType: "HTTP", CorsConfiguration: cors } },
    Stage: { Type: "AWS::ApiGatewayV2::Stage", Properties: { StageName: "$default", ...stage } },
    ...resources,
  };
  const files: Record<string, unknown> = {};
  for (const [id, { code, properties, environment = {} }] of Object.entries(functions)) {
    mkdirSync(join(dir, `asset.${id}`));
    writeFileSync(join(dir, `asset.${id}`, "index.js"), code);
    files[id] = { source: { path: `asset.${id}` }, destinations: { here: { objectKey: `${id}.zip` } } };
    api[id] = {
      Type: "AWS::Lambda::Function",
      Properties: {
        Code: { S3Bucket: { "Fn::Sub": "assets-${AWS::AccountId}" }, S3Key: `${id}.zip` },
        Handler: "index.handler",
        Runtime: "nodejs24.x",
        Environment: { Variables: environment },
        ...properties,
      },
    };
    api[`${id}Integration`] = {
      Type: "AWS::ApiGatewayV2::Integration",
      Properties: {
        IntegrationType: "AWS_PROXY",
        PayloadFormatVersion: "2.0",
        IntegrationUri: { "Fn::GetAtt": [id, "Arn"] },
        ...integration,
      },
    };
  }
  Object.entries(routes).forEach(([RouteKey, id], at) => {
    const Target = { "Fn::Join": ["", ["integrations/", { Ref: `${id}Integration` }]] };
    const authorized = authorizedBy && { AuthorizationType: "CUSTOM", AuthorizerId: { Ref: "Authorizer" } };
    api[`Route${at}`] = { Type: "AWS::ApiGatewayV2::Route", Properties: { RouteKey, Target, ...authorized } };
  });
  if (authorizedBy !== undefined) {
    const arn = { "Fn::GetAtt": [authorizedBy, "Arn"] };
    const prefix = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/";
    const Properties = {
      AuthorizerType: "REQUEST",
      AuthorizerUri: { "Fn::Join": ["", [prefix, arn, "/invocations"]] },
      AuthorizerPayloadFormatVersion: "2.0",
      EnableSimpleResponses: true,
      AuthorizerResultTtlInSeconds: 0,
      ...authorizer,
    };
    api.Authorizer = { Type: "AWS::ApiGatewayV2::Authorizer", Properties };
  }
  const exported = (name: string, value: unknown) => ({ Value: value, Export: { Name: `data:${name}` } });
  write("data.template.json", {
    Resources: {
      Cache: { Type: "AWS::ElastiCache::ReplicationGroup" },
      Database: { Type: "AWS::RDS::DBInstance", Properties: { ManageMasterUserPassword: true } },
    },
    Outputs: {
      Host: exported("RedisHost", { "Fn::GetAtt": ["Cache", "PrimaryEndPoint.Address"] }),
      Port: exported("RedisPort", { "Fn::GetAtt": ["Cache", "PrimaryEndPoint.Port"] }),
      Secret: exported("Secret", { "Fn::GetAtt": ["Database", "MasterUserSecret.SecretArn"] }),
    },
  });
  write("api.template.json", { Resources: api });
  write("api.assets.json", { files });
  const stack = (name: string, dependencies: string[]) => ({
    type: "aws:cloudformation:stack",
    environment: "aws://unknown-account/eu-west-1",
    dependencies,
    properties: { templateFile: `${name}.template.json`, stackName: name },
  });
  write("manifest.json", {
    artifacts: {
      api: stack("api", ["data", "api.assets"]),
      data: stack("data", []),
      "api.assets": { type: "cdk:asset-manifest", properties: { file: "api.assets.json" } },
    },
  });
  return dir;
}

const running: Application[] = [];

/** Runs a fixture until the test ends; `logs` fills as it prints. `every` passes the periods of its schedules. */
export async function run(
  fixture: Fixture,
  every?: ApplicationOptions["every"],
): Promise<Application & { logs: string[] }> {
  const logs: string[] = [];
  const assemblyDir = writeAssembly(fixture);
  const onLog = (source: string, line: string): void => void logs.push(`${source}: ${line}`);
  const application = await runApplication({ assemblyDir, endpoints, port: 0, onLog, every });
  running.push(application);
  return { ...application, logs };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.close()));
});

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  json(): any; // eslint-disable-line @typescript-eslint/no-explicit-any -- a test reads what it expects
}

/** One HTTP request, its path and headers sent exactly as given. */
export async function ask(
  url: string,
  path: string,
  { method = "GET", headers = [], body }: { method?: string; headers?: string[]; body?: string | Buffer } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const length = body === undefined ? [] : ["content-length", String(Buffer.byteLength(body))];
    const all = ["host", `${hostname}:${port}`, ...length, ...headers];
    const sent = request({ hostname, port, path, method, agent: false, headers: all }, (response) => {
      text(response)
        .then((received) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: received,
            json: () => JSON.parse(received),
          }),
        )
        .catch(reject);
    });
    sent.on("error", reject).end(body);
  });
}

/** Waits for a condition as long as it takes, within reason. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUpMs = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > giveUpMs) throw new Error(`still not so after 20 s: ${String(condition)}`);
    await delay(2);
  }
}

/** `T` for a stopped process, `undefined` for one that is gone. */
export function processState(pid: number): string | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  const state = /\) (\w)/.exec(readFileSync(file, "utf8"))?.[1];
  return state === "Z" ? undefined : state;
}
