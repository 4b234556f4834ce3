/** Sends mail through Amazon SES. */
import { awsCredentials, awsRegion } from "#platform/aws";
import { SendEmailCommand, SESv2Client, SESv2ServiceException } from "@aws-sdk/client-sesv2";
import * as z from "zod/mini";
import type { Mail, Mailer } from "./mailer";

const connectTimeoutMs = 3_000;
/** For all of a request: the SDK's own `requestTimeout` only warns, and ends before the body of an answer. */
const answerTimeoutMs = 5_000;
const charset = "UTF-8";

/**
 * Sends from one address. What fails is thrown at once, for whoever hands mail over to try it again later.
 *
 * SES takes no id from us. So a mail comes twice if SES took it and its answer was late or lost, or the worker died before it
 * noted that. That SES took a mail says no more than that: what bounces, or goes to an address that it suppresses, isn't told here.
 *
 * Its errors have no cause: SES' messages, and what hangs on them, name the recipient.
 */
export class SesMailer implements Mailer {
  /** The queue repeats, and later than the SDK would. */
  readonly #ses = new SESv2Client({
    region: awsRegion(),
    credentials: () => Promise.resolve(awsCredentials()),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: connectTimeoutMs },
  });
  readonly #from: string;

  constructor(from: string) {
    this.#from = from;
  }

  async send({ to, subject, text }: Mail): Promise<void> {
    const command = new SendEmailCommand({
      FromEmailAddress: this.#from,
      Destination: { ToAddresses: [to] },
      Content: {
        Simple: {
          Subject: { Data: subject, Charset: charset },
          Body: { Text: { Data: text, Charset: charset } },
        },
      },
    });
    try {
      await this.#ses.send(command, { abortSignal: AbortSignal.timeout(answerTimeoutMs) });
    } catch (error) {
      throw withoutAddresses(error);
    }
  }
}

const Failure = z.object({ name: z.string(), code: z.optional(z.string()) });

function withoutAddresses(error: unknown): Error {
  if (error instanceof SESv2ServiceException && error.$fault === "client") return new MailRefusedError(error.name);
  const { data } = Failure.safeParse(error);
  return new MailUnansweredError(data?.code ?? data?.name ?? "unknown");
}

/** Name and code are what a dead letter keeps of them. */
class MailRefusedError extends Error {
  override readonly name = "MailRefusedError";

  constructor(readonly code: string) {
    super(`SES refused a mail: ${code}`);
  }
}

class MailUnansweredError extends Error {
  override readonly name = "MailUnansweredError";

  constructor(readonly code: string) {
    super(`SES may or may not have taken a mail: ${code}`);
  }
}
