import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import { createSecretsManager } from "../../local/aws/secrets-manager";

const secretArn = "arn:aws:secretsmanager:us-east-2:000000000000:secret:EdgeKey-a1";
const kept = { user: "u", password: "p" };
const sha256 = createHash("sha256")
  .update(JSON.stringify({ username: "u", password: "p" }))
  .digest("hex");

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
});

async function listening(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function cloudFormation(status = 200) {
  const told: { contentType: string | undefined; answer: unknown }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      told.push({ contentType: request.headers["content-type"], answer: JSON.parse(body) });
      response.writeHead(status).end();
    });
  });
  return { url: await listening(server), told };
}

/** The handler, with a Secrets Manager to ask, which refuses the first questions as AWS does until a new right is in force. */
async function withSecrets({ refusals = 0 } = {}) {
  const secrets = createSecretsManager(new Map([[secretArn, kept]]));
  const server = createServer((request, response) => {
    if (refusals-- > 0) response.writeHead(400).end(JSON.stringify({ __type: "AccessDeniedException" }));
    else secrets.emit("request", request, response);
  });
  Object.assign(process.env, {
    AWS_REGION: "us-east-2",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_SECRETS_MANAGER: await listening(server),
  });
  jest.resetModules(); // its client keeps to the address that it found first
  return (await import("../../lambdas/edge-key/handler")).handler;
}

const asked = (RequestType: string, ResponseURL: string, SecretArn = secretArn) =>
  ({
    RequestType,
    ResponseURL,
    StackId: "stack",
    RequestId: "request",
    LogicalResourceId: "Hash1",
    ServiceToken: "token",
    ResourceType: "Custom::EdgeKeyHash",
    ResourceProperties: { ServiceToken: "token", SecretArn },
  }) as CloudFormationCustomResourceEvent;

const about = { StackId: "stack", RequestId: "request", LogicalResourceId: "Hash1" };

it("tells CloudFormation the hash of the secret, and not the secret", async () => {
  const handler = await withSecrets();
  const { url, told } = await cloudFormation();
  await handler(asked("Create", url));
  await handler(asked("Update", url));
  const answer = { Status: "SUCCESS", ...about, PhysicalResourceId: secretArn, Data: { Sha256: sha256 } };
  // An address that is signed without a content type takes none.
  expect(told).toEqual([
    { contentType: undefined, answer },
    { contentType: undefined, answer },
  ]);
});

it("asks again where the right to ask, given in the same deploy, isn't in force yet", async () => {
  const handler = await withSecrets({ refusals: 2 });
  const { url, told } = await cloudFormation();
  await handler(asked("Create", url));
  expect(told).toMatchObject([{ answer: { Status: "SUCCESS", Data: { Sha256: sha256 } } }]);
});

it("lets the hash go without looking for its secret, which may be gone", async () => {
  const handler = await withSecrets();
  const { url, told } = await cloudFormation();
  await handler(asked("Delete", url, "gone"));
  expect(told).toMatchObject([{ answer: { Status: "SUCCESS", PhysicalResourceId: "gone" } }]);
});

it("tells CloudFormation why there is none, which rolls back then and doesn't wait", async () => {
  const handler = await withSecrets();
  const { url, told } = await cloudFormation();
  await handler(asked("Create", url, "gone"));
  expect(told).toMatchObject([
    { answer: { Status: "FAILED", Reason: expect.stringContaining("can't find the specified secret") } },
  ]);
});

it("fails, and so is called again, where CloudFormation can't be told", async () => {
  const handler = await withSecrets();
  const { url } = await cloudFormation(403);
  await expect(handler(asked("Create", url))).rejects.toThrow("CloudFormation's address answered 403");
});
