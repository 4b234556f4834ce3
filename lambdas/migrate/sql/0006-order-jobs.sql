-- What is still to be done for an order that is paid: written in the transaction that decides it, deleted when it is done. A queue in
-- Redis hands it out meanwhile, and may lose it: what isn't done when it is due is queued again, each time later.
CREATE TABLE order_jobs (
  order_id  uuid REFERENCES orders ON DELETE CASCADE,
  kind      text,
  due_at    timestamptz NOT NULL DEFAULT now() + interval '1 minute',
  requeued  integer NOT NULL DEFAULT 0,
  PRIMARY KEY (order_id, kind)
);
CREATE INDEX order_jobs_by_due ON order_jobs (due_at);

-- Where no mail is sent: what it would be. One that comes again is the same mail.
CREATE TABLE mails (
  id          text PRIMARY KEY,
  recipient   text NOT NULL,
  subject     text NOT NULL,
  body        text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX mails_by_age ON mails (created_at);
CREATE INDEX mails_by_recipient ON mails (lower(recipient));

-- When each scheduled job was last brought to its end, and under which lease of its lock.
CREATE TABLE scheduled_jobs (
  name          text PRIMARY KEY,
  done_at       timestamptz,
  fence_token   bigint NOT NULL,
  fence_holder  text NOT NULL
);
