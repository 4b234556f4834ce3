/** Somebody who asks the shop over HTTP, from an address of their own: the shop limits what comes from one. */
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import * as z from "zod/mini";
import type { DrilledRoute, Sample } from "./record";

export interface Answer {
  /** 0 where there was none. */
  readonly status: number;
  readonly body: unknown;
}

interface Asked {
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Longer than API Gateway waits. */
const patienceMs = 35_000;

const SignedIn = z.object({ token: z.string() });

let addresses = 1;

export class Client {
  token: string | undefined;
  /** Linux answers for all of 127.0.0.0/8. */
  readonly #address = `127.1.${++addresses >> 8}.${addresses & 255}`;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(
    private readonly url: string,
    private readonly onSample: (sample: Sample) => void,
  ) {}

  /** Asks, and notes what came of it. */
  async ask(route: DrilledRoute, asked: Asked): Promise<Answer> {
    const [method = ""] = route.split(" ");
    const atMs = performance.now();
    const answer = await this.send(method, asked);
    this.onSample({ route, atMs, ms: performance.now() - atMs, status: answer.status });
    return answer;
  }

  /** Signs in; its session is the one it has from then on. */
  async signIn(login: { readonly email: string; readonly password: string }): Promise<string | undefined> {
    const { email, password } = login;
    const { status, body } = await this.ask("POST /sessions", { path: "/sessions", body: { email, password } });
    this.token = status === 201 ? SignedIn.parse(body).token : undefined;
    return this.token;
  }

  /** Without a note of it. */
  send(method: string, { path, body, headers }: Asked): Promise<Answer> {
    const sent = body === undefined ? "" : JSON.stringify(body);
    const all = {
      ...headers,
      ...(body !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(sent) }),
      ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
    };
    return new Promise((resolve) => {
      const none = () => resolve({ status: 0, body: undefined });
      const { hostname, port } = new URL(this.url);
      const options = { hostname, port, path, method, headers: all, agent: this.#agent, localAddress: this.#address };
      request({ ...options, timeout: patienceMs }, (response) => {
        void text(response).then(
          (received) => resolve({ status: response.statusCode ?? 0, body: jsonOf(received) }),
          none,
        );
      })
        .on("timeout", none)
        .on("error", none)
        .end(sent);
    });
  }
}

function jsonOf(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
