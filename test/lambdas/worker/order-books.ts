/** What the database has of jobs that are to be done for orders, and of mails. */
import * as z from "zod/mini";
import type { Database } from "../../../lambdas/platform/database";

/** As `confirm <order>`, sorted. */
export async function openJobsIn(database: Database): Promise<string[]> {
  const rows = await database.query(
    z.object({ job: z.string() }),
    "SELECT kind || ' ' || order_id AS job FROM order_jobs ORDER BY job",
    [],
  );
  return rows.map(({ job }) => job);
}

/** As if the minute, or the hour, had passed. */
export async function makeJobsDue(database: Database): Promise<void> {
  await database.query(z.object({}), "UPDATE order_jobs SET due_at = now()", []);
}

const MailRow = z.object({ id: z.string(), recipient: z.string(), subject: z.string(), body: z.string() });

export function mailsIn(database: Database): Promise<z.infer<typeof MailRow>[]> {
  return database.query(MailRow, "SELECT id, recipient, subject, body FROM mails ORDER BY created_at, id", []);
}
