import { openOrderQueue } from "../../../lambdas/platform/queues";
import { mailerFrom } from "../../../lambdas/worker/services";
import { queueSlot } from "../../../toolkit/redis/keys";
import { administer } from "../../support/administer";
import { type MailAnswer, mailService, type MailService, sesMailer } from "../../support/mail-service";
import { addressOf, connected } from "../../support/redis-clients";
import { servers } from "../../support/servers";
import { connectedDatabase, type DatabaseEnvironment, migratedDatabase } from "../../support/shop-database";
import { shopProcess } from "../../support/shop-process";
import { Shopper } from "../../support/shopper";
import { until } from "../../support/until";
import { workerProcess } from "../../support/worker-process";
import { writtenMeanwhile } from "../../support/written-meanwhile";
import { mailsIn, openJobsIn } from "./order-books";

const mail = {
  id: "confirm 1",
  to: "ada@example.com",
  subject: "Your order",
  text: "2 × Amélie\nTogether $4.99, paid.",
};
const notVerified: MailAnswer = [
  400,
  "MessageRejected",
  "Email address is not verified. The following identities failed the check in region EU-WEST-1: ada@example.com",
];
const notAllowed: MailAnswer = [
  403,
  "AccessDeniedException",
  "User `worker' is not authorized to perform `ses:SendEmail' on resource `arn:aws:ses:eu-west-1:0:identity/ada@example.com'",
];
const tooMany: MailAnswer = [429, "TooManyRequestsException", "Maximum sending rate exceeded."];

const faulty: MailAnswer = [500, "InternalServiceErrorException", "ada@example.com"];
/** Otherwise the code, such as ECONNRESET: Jest's `Error` isn't that of Node's own modules, so here the SDK wraps it. */
const connection = "Error";

let service: MailService;
beforeEach(async () => (service = await mailService()));

function failureOf(sending: Promise<void>): Promise<unknown> {
  return sending.then(
    () => "it was sent",
    (error: unknown) => error,
  );
}

/** No cause either, nor anything else that a log would show. */
function expectToSayNoMore(failure: unknown, message: string): void {
  expect(failure).toMatchObject({ message });
  expect(Object.getOwnPropertyNames(failure).sort()).toEqual(["code", "message", "name", "stack"]);
  expect((failure as Error).stack).not.toContain(mail.to);
}

describe("a mail that SES is handed", () => {
  it("goes from the configured address to its recipient, as UTF-8 text, by one signed request", async () => {
    await sesMailer().send(mail);
    const utf8 = (data: string) => ({ Data: data, Charset: "UTF-8" });
    expect(service.taken).toEqual([
      {
        FromEmailAddress: "shop@example.com",
        Destination: { ToAddresses: [mail.to] },
        Content: { Simple: { Subject: utf8(mail.subject), Body: { Text: utf8(mail.text) } } },
      },
    ]);
  });

  it.each<[string, MailAnswer, string]>([
    ["isn't let through", notVerified, "SES refused a mail: MessageRejected"],
    ["may not be sent by us", notAllowed, "SES refused a mail: AccessDeniedException"],
    ["is one too many", tooMany, "SES refused a mail: TooManyRequestsException"],
    ["meets a fault of SES", faulty, "SES may or may not have taken a mail: InternalServiceErrorException"],
    ["is answered by something else", "answers with a page", "SES may or may not have taken a mail: SyntaxError"],
    ["loses its answer", "takes it and closes the connection", `SES may or may not have taken a mail: ${connection}`],
  ])("and that %s fails after one attempt, and says why, but not whose it is", async (_what, answer, message) => {
    service.answer = answer;
    expectToSayNoMore(await failureOf(sesMailer().send(mail)), message);
    expect(service.asked).toHaveLength(1);
  });

  it("fails when it isn't answered for five seconds, or not to the end", async () => {
    const mailer = sesMailer();
    service.answer = "never answers";
    const first = failureOf(mailer.send(mail));
    await until("it was asked", () => service.asked.length === 1);
    service.answer = "stops in its answer";
    const second = failureOf(mailer.send(mail));
    for (const failure of await Promise.all([first, second]))
      expectToSayNoMore(failure, "SES may or may not have taken a mail: AbortError");
  });

  it("fails where nothing listens", async () => {
    process.env["AWS_ENDPOINT_URL_SESV2"] = "http://127.0.0.1:1";
    expectToSayNoMore(await failureOf(sesMailer().send(mail)), `SES may or may not have taken a mail: ${connection}`);
  });
});

describe("a worker that sends by SES", () => {
  let env: DatabaseEnvironment;
  beforeEach(async () => (env = await migratedDatabase()));

  /** Somebody whose order was just paid, and a worker to tell them. */
  async function paid() {
    const shop = shopProcess(addressOf("single"), env);
    const ada = await Shopper.in(shop);
    await ada.order(await ada.put(1, 1));
    const [order] = await ada.orders();
    const worker = workerProcess(addressOf("single"), env, { mailer: sesMailer() });
    const queue = openOrderQueue(connected(addressOf("single")), () => undefined);
    return { ada, orderId: order!.id, worker, queue, database: shop.database };
  }

  /** As if the backoff had passed. */
  async function endBackoffs(): Promise<void> {
    const { waiting } = queueSlot("orders");
    await administer(servers().redis, async (admin) => {
      for (const id of await admin.zrange(waiting, "0", "-1")) await admin.zadd(waiting, "XX", "0", id);
    });
  }

  it("does so if its environment has an address to send from, and else writes mail into a table", async () => {
    const database = connectedDatabase(env);
    await mailerFrom({ MAIL_FROM: "orders@example.com" }, database).send(mail);
    expect([service.taken, await mailsIn(database)]).toMatchObject([[{ FromEmailAddress: "orders@example.com" }], []]);
    await mailerFrom({}, database).send(mail);
    expect([service.taken, await mailsIn(database)]).toMatchObject([[{}], [{ id: mail.id }]]);
  });

  it("confirms a paid order once, and writes it into no table", async () => {
    const { ada, orderId, worker, database } = await paid();
    await worker.run();
    await worker.run();
    expect(service.asked).toMatchObject([
      {
        Destination: { ToAddresses: [ada.user.email] },
        Content: { Simple: { Subject: { Data: `Your order ${orderId}` } } },
      },
    ]);
    expect([await openJobsIn(database), await mailsIn(database)]).toEqual([[], []]);
  });

  it("gives up after eight attempts what SES refuses, but keeps it noted, and no log or letter says whose it is", async () => {
    const { ada, orderId, worker, queue, database } = await paid();
    const { email } = ada.user;
    service.answer = [400, "MessageRejected", `Email address is not verified: ${email}`];
    const log = await writtenMeanwhile(async () => {
      for (let run = 0; run < 10; run++) {
        await worker.run();
        await endBackoffs();
      }
    });
    expect(service.asked).toHaveLength(8);
    const letters = await queue.dead({ max: 10 });
    expect(letters).toMatchObject([
      { id: `confirm:${orderId}`, attempts: 8, reason: "MailRefusedError MessageRejected" },
    ]);
    expect(log + JSON.stringify(letters)).not.toContain(email);
    expect(await openJobsIn(database)).toEqual([`confirm ${orderId}`]);

    service.answer = "takes it"; // once somebody has verified the address
    expect(await queue.retryDead(`confirm:${orderId}`)).toBe(true);
    await worker.run();
    expect([service.taken.length, await openJobsIn(database)]).toEqual([1, []]);
  });

  it("tries again later what was one too many, and sends it once", async () => {
    const { orderId, worker, queue, database } = await paid();
    service.answer = tooMany;
    await worker.run();
    service.answer = "takes it";
    expect([service.asked.length, await openJobsIn(database)]).toEqual([1, [`confirm ${orderId}`]]);
    await endBackoffs();
    await worker.run();
    await worker.run();
    expect([service.asked.length, service.taken.length, await openJobsIn(database)]).toEqual([2, 1, []]);
    expect(await queue.stats()).toMatchObject({ waiting: 0, inFlight: 0 });
  });

  it("sends a mail again whose answer was lost, since SES can't be asked whether it took it", async () => {
    const { worker, database } = await paid();
    service.answer = "takes it and closes the connection";
    await worker.run();
    service.answer = "takes it";
    await endBackoffs();
    await worker.run();
    expect(service.taken).toHaveLength(2);
    expect(service.taken[1]).toEqual(service.taken[0]);
    expect(await openJobsIn(database)).toEqual([]);
  });
});
