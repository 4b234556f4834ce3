/** Tells what came through the stage's CloudFront from what was sent to API Gateway's own address, which anybody may know. */
import { edgeHeaders } from "#contract/edge";
import type { edgeEnv } from "#contract/environment";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type * as z from "zod/mini";
import { NotAllowedError } from "./errors";

export class NotThroughEdgeError extends NotAllowedError {
  constructor() {
    super("the API isn't called by this address: use the one that it is published under");
  }
}

const namesOfEdge = new Set<string>(Object.values(edgeHeaders));

type Headers = Readonly<Record<string, string | undefined>>;

/**
 * CloudFront proves itself by a key in a header, of which functions have the hash alone: nothing they are configured with opens the way
 * past it. Without hashes there is no CloudFront: its headers are a caller's, and mean nothing.
 */
export class Edge {
  readonly #hashes: readonly Buffer[];
  readonly #refusesDirect: boolean;

  constructor({ EDGE_KEY_HASHES, DIRECT_CALLS }: z.output<z.ZodMiniObject<typeof edgeEnv>>) {
    this.#hashes = EDGE_KEY_HASHES?.split(",").map((hex) => Buffer.from(hex, "hex")) ?? [];
    this.#refusesDirect = DIRECT_CALLS === "refused";
  }

  /** Whether a request didn't come through CloudFront and had to. */
  refuses({ headers }: { readonly headers?: Headers | undefined }): boolean {
    return this.#refusesDirect && !this.#cameThrough(headers ?? {});
  }

  /**
   * A request as it would be had its caller reached API Gateway itself: with the caller's address for CloudFront's, if it is proven to
   * come from there, and in any case without CloudFront's headers, so that neither key nor a made up address goes any further.
   */
  received(event: APIGatewayProxyEventV2): APIGatewayProxyEventV2 {
    const headers = Object.fromEntries(Object.entries(event.headers).filter(([name]) => !namesOfEdge.has(name)));
    const { [edgeHeaders.viewer]: viewer = "" } = event.headers;
    const { http } = event.requestContext;
    const sourceIp = this.#cameThrough(event.headers) && isIP(viewer) !== 0 ? viewer : http.sourceIp;
    return { ...event, headers, requestContext: { ...event.requestContext, http: { ...http, sourceIp } } };
  }

  #cameThrough({ [edgeHeaders.key]: key }: Headers): boolean {
    if (key === undefined) return false;
    const hash = createHash("sha256").update(key).digest();
    return this.#hashes.some((known) => timingSafeEqual(known, hash));
  }
}
