/** Turns what a function returned into an HTTP answer: payload format 2.0. */
import { validateHeaderName, validateHeaderValue } from "node:http";
import * as z from "zod/mini";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

const Returned = z.object({
  statusCode: z.coerce.number().check(z.int(), z.gte(200), z.lte(599)),
  headers: z.nullish(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  cookies: z.nullish(z.array(z.string())),
  body: z.nullish(z.string()),
  isBase64Encoded: z.nullish(z.boolean()),
});

/** Headers that the gateway sets itself. */
const gatewayHeaders = new Set(["connection", "transfer-encoding", "content-length", "date"]);

/**
 * The answer that a function's result stands for. A result without `statusCode` is the body itself, as JSON.
 *
 * @returns `undefined` for a malformed one, which the gateway answers with 500
 */
export function httpAnswer(payload: string): HttpAnswer | undefined {
  const result: unknown = JSON.parse(payload);
  if (typeof result !== "object" || result === null || !("statusCode" in result))
    return { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(payload) };

  const parsed = Returned.safeParse(result);
  if (!parsed.success) return undefined;
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data;
  if (!areValid({ ...headers, "set-cookie": cookies?.join() ?? "" })) return undefined;
  const given = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return {
    status: statusCode,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      ...Object.fromEntries(given.filter(([name]) => !gatewayHeaders.has(name))),
      ...(cookies ? { "set-cookie": cookies } : {}),
    },
    body: Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8"),
  };
}

function areValid(headers: Record<string, string | number | boolean>): boolean {
  try {
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      validateHeaderValue(name, String(value));
    }
    return true;
  } catch {
    return false;
  }
}

/** An answer of the gateway itself, in its own words. */
export function gatewayAnswer(status: number, message: string): HttpAnswer {
  return { status, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify({ message })) };
}
