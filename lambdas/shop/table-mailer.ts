import type { Queries } from "#platform/queries";
import * as z from "zod/mini";
import type { Mail, Mailer } from "./mailer";

/** Sends nothing: each mail lies in the table `mails` for 30 days. */
export class TableMailer implements Mailer {
  readonly #database: Queries;

  constructor(database: Queries) {
    this.#database = database;
  }

  async send({ id, to, subject, text }: Mail): Promise<void> {
    await this.#database.query(
      z.object({}),
      "INSERT INTO mails (id, recipient, subject, body) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
      [id, to, subject, text],
    );
  }
}

export async function forgetOldMails(database: Queries): Promise<void> {
  await database.query(z.object({}), "DELETE FROM mails WHERE created_at < now() - interval '30 days'", []);
}

export async function forgetMailsTo(database: Queries, address: string): Promise<void> {
  await database.query(z.object({}), "DELETE FROM mails WHERE lower(recipient) = lower($1)", [address]);
}
