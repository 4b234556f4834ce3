import { Movie, MovieSearch } from "#contract/movies";
import type { Limits } from "#platform/limits";
import type { ReleaseChecks } from "#platform/release-check";
import type { CatalogServices } from "./services";

export function releaseChecks({
  films,
  health,
  limits,
}: Pick<CatalogServices, "films" | "health"> & { readonly limits: Pick<Limits, "of"> }): ReleaseChecks {
  const reached = health();
  return {
    "reads a film through the cache": async () => {
      await reached; // a cache that isn't connected yet is gone past
      const { value: page } = await films.search(MovieSearch.parse({ pageSize: "1" }));
      const id = String(page?.items[0]?.id ?? 1);
      const { value, tier } = await films.movie(id);
      if (tier === "bypass") return "redis gave the cache no answer";
      // Another release may have stored it.
      if (value !== undefined && !Movie.safeParse(value).success)
        return `film ${id} isn't cached as this version knows films: raise the shape of the collection movies`;
      return undefined;
    },
    "reaches its stores": async () => {
      const { redis, postgres } = await reached;
      if (!postgres.reached) return `postgres: ${postgres.reason}`;
      return redis.reached ? undefined : `redis: ${redis.reason}`;
    },
    "counts by a limit": async () => {
      // No address is called so.
      const { allowed, degraded } = await limits.of("address").consume("release-check");
      if (degraded) return "redis gave the limit no answer";
      return allowed ? undefined : "the limit has nothing left";
    },
  };
}
