-- What the shop has of a film, and what one costs. Every film has a row: whoever adds one, an older release too, the trigger adds its row.
CREATE TABLE film_stock (
  movie_id     integer PRIMARY KEY REFERENCES movies ON DELETE CASCADE,
  in_stock     integer NOT NULL CHECK (in_stock >= 0),
  price_cents  integer NOT NULL CHECK (price_cents > 0)
);

CREATE FUNCTION stock_film() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO film_stock VALUES (NEW.id, 1000, 499 + NEW.id * 37 % 16 * 100); -- 4.99 to 19.99, the same wherever it runs
  RETURN NULL;
END $$;
CREATE TRIGGER stock_film AFTER INSERT ON movies FOR EACH ROW EXECUTE FUNCTION stock_film();
INSERT INTO film_stock SELECT id, 1000, 499 + id * 37 % 16 * 100 FROM movies;

-- Its id is a random one: it names the payment to a provider that may remember more than this database does.
CREATE TABLE orders (
  id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id          integer REFERENCES users ON DELETE SET NULL,
  cart_id          text NOT NULL,
  idempotency_key  text NOT NULL,
  status           text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'paid', 'refused')),
  total_cents      integer NOT NULL,
  fence_token      bigint NOT NULL,
  fence_holder     text NOT NULL,
  created_at       timestamptz NOT NULL DEFAULT now(),
  paid_at          timestamptz CHECK ((paid_at IS NULL) = (status <> 'paid')),
  UNIQUE (user_id, idempotency_key)
);
-- A cart is paid for once. One that was refused may be ordered again.
CREATE UNIQUE INDEX orders_by_cart ON orders (cart_id) WHERE status <> 'refused';
CREATE INDEX orders_by_user ON orders (user_id, created_at, id);
CREATE INDEX orders_pending ON orders (fence_token) WHERE status = 'pending';

-- As it was ordered: the film may be changed or deleted afterwards.
CREATE TABLE order_lines (
  order_id     uuid REFERENCES orders ON DELETE CASCADE,
  movie_id     integer,
  place        integer NOT NULL,
  title        text NOT NULL,
  quantity     integer NOT NULL CHECK (quantity > 0),
  price_cents  integer NOT NULL,
  PRIMARY KEY (order_id, movie_id)
);

-- The books of the simulated payment provider. They would lie with the provider, so nothing here refers to them.
CREATE TABLE simulated_charges (
  payment_id  uuid PRIMARY KEY,
  cents       integer NOT NULL,
  outcome     text NOT NULL CHECK (outcome IN ('paid', 'declined')),
  requests    integer NOT NULL DEFAULT 1 -- how often it was asked for
);
