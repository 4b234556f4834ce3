/**
 * Plays the CORS of an HTTP API: it answers a browser's question itself where no route takes OPTIONS, and puts its headers on every
 * answer in the place of the function's.
 */
import type { IncomingMessage } from "node:http";
import * as z from "zod/mini";
import type { HttpAnswer } from "./http-answer";

const names = z._default(z.array(z.string()), []);

/** `CorsConfiguration` in the template. */
export const Cors = z.object({
  AllowOrigins: names,
  AllowMethods: names,
  AllowHeaders: names,
  ExposeHeaders: names,
  AllowCredentials: z._default(z.boolean(), false),
  MaxAge: z.optional(z.coerce.number()),
});
export type Cors = z.infer<typeof Cors>;

/** Whether a browser asks if it may send a request from another origin's page. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === "OPTIONS" && headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
}

/** The gateway's own answer to such a question; whether it is yes, the headers say. */
export const preflightAnswer: HttpAnswer = { status: 204, headers: {}, body: Buffer.alloc(0) };

/** The answer as the gateway sends it: of CORS' headers it has the configured ones, and those for an admitted origin only. */
export function withCors(answer: HttpAnswer, cors: Cors, http: IncomingMessage): HttpAnswer {
  const others = Object.entries(answer.headers).filter(([name]) => !name.startsWith("access-control-"));
  return { ...answer, headers: { ...Object.fromEntries(others), ...corsHeaders(cors, http) } };
}

function corsHeaders(cors: Cors, http: IncomingMessage): Record<string, string> {
  const origin = http.headers.origin;
  if (origin === undefined || !cors.AllowOrigins.some((allowed) => admits(allowed, origin))) return {};
  const headers: Record<string, string> = {
    "access-control-allow-origin": cors.AllowOrigins.includes("*") ? "*" : origin,
    ...(cors.AllowCredentials && { "access-control-allow-credentials": "true" }),
    ...listed("access-control-expose-headers", cors.ExposeHeaders),
  };
  if (!isPreflight(http)) return headers;
  return {
    ...headers,
    ...listed("access-control-allow-methods", cors.AllowMethods),
    ...listed("access-control-allow-headers", cors.AllowHeaders),
    ...(cors.MaxAge !== undefined && { "access-control-max-age": String(cors.MaxAge) }),
  };
}

/** `*` stands for all origins, `https://*` for all of that scheme. */
function admits(allowed: string, origin: string): boolean {
  return allowed === "*" || allowed === origin || (allowed.endsWith("://*") && origin.startsWith(allowed.slice(0, -1)));
}

function listed(header: string, values: readonly string[]): Record<string, string> {
  return values.length === 0 ? {} : { [header]: values.join(",") };
}
