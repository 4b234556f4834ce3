/** Plays Secrets Manager for the secrets that RDS manages: the master's user name and password of each database. */
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import * as z from "zod/mini";

const Request = z.object({ SecretId: z.string() });

/** Answers `GetSecretValue` for these ARNs as the SDK expects it (AWS JSON 1.1); signatures aren't checked. */
export function createSecretsManager(secrets: ReadonlyMap<string, { user: string; password: string }>): Server {
  return createServer((request, response) => {
    void text(request).then((body) => {
      const [status, answer] = answerTo(request.headers["x-amz-target"], body, secrets);
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(answer));
    });
  });
}

function answerTo(
  target: string | string[] | undefined,
  body: string,
  secrets: ReadonlyMap<string, { user: string; password: string }>,
): [status: number, answer: object] {
  if (target !== "secretsmanager.GetSecretValue")
    return failed("UnknownOperationException", `${String(target)} isn't played on this machine`);
  const { SecretId } = Request.parse(JSON.parse(body));
  const secret = secrets.get(SecretId);
  if (secret === undefined)
    return failed("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  return [
    200,
    {
      ARN: SecretId,
      Name: SecretId.split(":secret:")[1],
      SecretString: JSON.stringify({ username: secret.user, password: secret.password }),
      VersionStages: ["AWSCURRENT"],
    },
  ];
}

function failed(type: string, message: string): [status: number, answer: object] {
  return [400, { __type: type, Message: message, message }];
}
