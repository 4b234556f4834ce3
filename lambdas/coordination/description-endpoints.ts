import type { Routes } from "#platform/http-function";
import type { CoordinationServices } from "./services";

/** It changes with a deploy only. */
const maxAgeSeconds = 300;

export const routes: Routes<CoordinationServices> = (app, { description }) => {
  app.get("/openapi.json", ({ event }) => {
    const { text, etag } = description;
    const headers = { etag, "cache-control": `public, max-age=${maxAgeSeconds}` };
    if (names(event.headers?.["if-none-match"], etag)) return new Response(null, { status: 304, headers });
    return new Response(text, { headers: { ...headers, "content-type": "application/json" } });
  });
};

/** Whether `if-none-match` names this version. What lies between may have made its name a weak one. */
function names(ifNoneMatch: string | undefined, etag: string): boolean {
  const named = ifNoneMatch?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  return named.includes("*") || named.includes(etag);
}
