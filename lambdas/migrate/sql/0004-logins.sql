-- What a user signs in with. A user without it, as all were before, can't sign in.
ALTER TABLE users
  ADD COLUMN email          text,
  ADD COLUMN password_hash  text,
  ADD COLUMN session_slot   text, -- where the user's sessions lie in Redis; it never changes
  ADD CONSTRAINT users_login_is_whole CHECK (num_nulls(email, password_hash, session_slot) IN (0, 3));
CREATE UNIQUE INDEX users_by_email ON users (lower(email));

-- Films that the shop adds are numbered on from those that were loaded.
CREATE SEQUENCE movie_ids AS integer MAXVALUE 999999999 OWNED BY movies.id;
SELECT setval('movie_ids', max(id)) FROM movies;
