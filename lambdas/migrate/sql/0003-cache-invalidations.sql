-- What the cache must still be told: written in the transaction that makes the change, deleted once Redis has confirmed.
-- A row names one collection, and in it values by their ids, values by their tags, or everything.
CREATE TABLE cache_invalidations (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  collection  text NOT NULL,
  ids         text[] NOT NULL DEFAULT '{}' CHECK ('' <> ALL (ids)), -- nothing lies under an empty one
  tags        text[] NOT NULL DEFAULT '{}',
  everything  boolean NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL DEFAULT now()
);
