/**
 * Changes of the catalogue. Each is one transaction, and tells the cache once it has committed: when a method resolves, no
 * reader is served the old film or an old page of a search for longer than the cache's `maxStalenessMs`. If Redis gives no
 * answer then, or the commit's own answer is lost, the outbox' sweep tells it.
 */
import type { Movie, MovieChange, NewMovie } from "#contract/movies";
import type { Database } from "#platform/database";
import type { Outbox } from "#platform/outbox";
import { filmInvalidations } from "./film-tags";
import { deleteFilm, insertFilm, lockFilm, updateFilm } from "./films";

export class FilmChanges {
  readonly #database: Database;
  readonly #outbox: Outbox;

  constructor(database: Database, outbox: Outbox) {
    this.#database = database;
    this.#outbox = outbox;
  }

  add(film: NewMovie): Promise<Movie> {
    return this.#database.transaction(async (tx) => {
      const added = await insertFilm(tx, film);
      // Somebody may have asked for that id before, and been told that there is no such film.
      await this.#outbox.invalidateAfterCommit(tx, ...filmInvalidations(String(added.id), undefined, added));
      return added;
    });
  }

  /** `undefined` when there is no such film. */
  change(id: string, change: MovieChange): Promise<Movie | undefined> {
    return this.#database.transaction(async (tx) => {
      const before = await lockFilm(tx, id);
      if (before === undefined) return undefined;
      const after = await updateFilm(tx, id, change);
      await this.#outbox.invalidateAfterCommit(tx, ...filmInvalidations(id, before, after));
      return after;
    });
  }

  /** Whether there was such a film. */
  remove(id: string): Promise<boolean> {
    return this.#database.transaction(async (tx) => {
      const before = await lockFilm(tx, id);
      if (before === undefined) return false;
      await deleteFilm(tx, id);
      await this.#outbox.invalidateAfterCommit(tx, ...filmInvalidations(id, before, undefined));
      return true;
    });
  }
}
