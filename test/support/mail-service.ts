/** Plays SES' API on this machine, as far as mail is sent by it. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { SesMailer } from "../../lambdas/shop/ses-mailer";
import { access, listenOfOwn, region } from "./played-service";

/** What becomes of a request. A refusal has a status, what SES calls it, and what it says. */
export type MailAnswer =
  | "takes it"
  | "never answers"
  | "stops in its answer"
  | "takes it and closes the connection"
  | "answers with a page"
  | readonly [status: number, refusal: string, message: string];

export interface MailService {
  answer: MailAnswer;
  /** The bodies of all requests, in order. */
  readonly asked: unknown[];
  /** Those that it took. */
  readonly taken: unknown[];
}

const path = "/v2/email/outbound-emails";

/** Ends with the test file. The SDK finds it by the environment, as do mailers that are made from now on. */
export async function mailService(): Promise<MailService> {
  const service: MailService = { answer: "takes it", asked: [], taken: [] };
  const server = createServer((request, response) => void serve(service, request, response));
  Object.assign(process.env, access, { AWS_ENDPOINT_URL_SESV2: await listenOfOwn(server) });
  return service;
}

export function sesMailer(): SesMailer {
  return new SesMailer("shop@example.com");
}

async function serve(service: MailService, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const say = (status: number, answer: object, refusal?: string) =>
    response
      .writeHead(status, {
        "content-type": "application/json",
        ...(refusal !== undefined && { "x-amzn-errortype": refusal }),
      })
      .end(JSON.stringify(answer));
  if (request.method !== "POST" || request.url !== path) return void say(404, {}, "UnknownOperationException");
  if (!isSigned(request, body)) return void say(403, { message: "not signed" }, "InvalidSignatureException");

  const mail: unknown = JSON.parse(body);
  service.asked.push(mail);
  const { answer } = service;
  if (answer === "takes it" || answer === "takes it and closes the connection") service.taken.push(mail);
  if (answer === "takes it") say(200, { MessageId: `0102-${service.taken.length}` });
  else if (answer === "takes it and closes the connection") request.socket.destroy();
  else if (answer === "stops in its answer") response.writeHead(200, { "content-length": 50 }).write("{");
  else if (answer === "answers with a page") response.writeHead(502, { "content-type": "text/html" }).end("<html>");
  else if (answer !== "never answers") say(answer[0], { message: answer[2] }, answer[1]);
}

/** For SES in its region, by who is known to it, over this body. The signature itself is the SDK's business. */
function isSigned({ headers }: IncomingMessage, body: string): boolean {
  const scope = `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/\\d{8}/${region}/ses/aws4_request, SignedHeaders=`;
  return (
    new RegExp(`^${scope}.+, Signature=[0-9a-f]{64}$`).test(String(headers.authorization)) &&
    headers["x-amz-security-token"] === "token" &&
    headers["x-amz-content-sha256"] === createHash("sha256").update(body).digest("hex")
  );
}
