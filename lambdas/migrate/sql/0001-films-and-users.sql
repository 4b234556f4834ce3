CREATE TABLE movies (
  id                       integer PRIMARY KEY,
  title                    text NOT NULL,
  genre                    text,
  director                 text,
  released                 date,
  rating                   text,
  running_minutes          integer,
  distributor              text,
  source                   text,
  creative_type            text,
  us_gross_dollars         bigint,
  worldwide_gross_dollars  bigint,
  us_dvd_sales_dollars     bigint,
  budget_dollars           bigint,
  rotten_tomatoes_percent  integer,
  imdb_rating              numeric(3, 1),
  imdb_votes               integer
);

-- One index for each order that a search without a filter may ask for, and one for each filter: a filter leaves so few
-- rows that sorting them costs nothing.
CREATE INDEX movies_by_title ON movies (title, id);
CREATE INDEX movies_by_released ON movies (released, id);
CREATE INDEX movies_by_imdb_rating ON movies (imdb_rating, id);
CREATE INDEX movies_by_worldwide_gross ON movies (worldwide_gross_dollars, id);
CREATE INDEX movies_by_genre ON movies (genre);
CREATE INDEX movies_by_director ON movies (director);

CREATE TABLE users (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text NOT NULL CHECK (name <> ''),
  role        text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin', 'service')),
  created_at  timestamptz NOT NULL DEFAULT now()
);
