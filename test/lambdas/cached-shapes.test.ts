import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { type CollectionName, collectionNames, collectionShapes } from "../../lambdas/contract/collections";
import { Movie, MoviePage } from "../../lambdas/contract/movies";
import { User } from "../../lambdas/contract/users";

const schemas: Record<CollectionName, z.ZodMiniType> = { movies: Movie, "movie-searches": MoviePage, users: User };

/** Of each shape that a release has had, what its values looked like. Never change a line: add one. */
const known: Record<CollectionName, Readonly<Record<number, string>>> = {
  movies: { 1: "08c5aebd3e1e7cc0" },
  "movie-searches": { 1: "16140880838e05d1" },
  users: { 1: "844e3bdb6e911576" },
};

describe("the cached values of a collection", () => {
  it.each(collectionNames)("look as they did in every release with the same shape: %s", (name) => {
    const looks = createHash("sha256")
      .update(JSON.stringify(z.toJSONSchema(schemas[name], { io: "output" })))
      .digest("hex");
    // If they don't: raise the number in contract/collections.ts, and add a line above. See docs/adr/0020.
    expect({ [collectionShapes[name]]: looks.slice(0, 16) }).toEqual({
      [collectionShapes[name]]: known[name][collectionShapes[name]],
    });
  });

  it("have a shape that was never numbered lower", () => {
    for (const name of collectionNames)
      expect(collectionShapes[name]).toBe(Math.max(...Object.keys(known[name]).map(Number)));
  });
});
