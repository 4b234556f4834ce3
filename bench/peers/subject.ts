/** A library in a process of its own, that takes rounds of one measure when it is told to. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import * as z from "zod/mini";
import type { Endpoint } from "./library";
import { compiled } from "./compiled";
import type { Figures } from "./measure";
import type { MeasureName } from "./measures/all";

const Message = z.union([
  z.object({ able: z.boolean() }),
  z.object({ figures: z.record(z.string(), z.array(z.number())) }),
  z.object({ error: z.string() }),
]);

export class Subject {
  readonly #exited: Promise<never>;

  private constructor(
    readonly library: string,
    private readonly child: ChildProcess,
  ) {
    this.#exited = once(child, "exit").then(() => Promise.reject(new Error(`the process of ${library} has ended`)));
    this.#exited.catch(() => undefined); // it may be ours to end
  }

  /** `undefined` if the library can't do what is measured. */
  static async start(library: string, measure: MeasureName, endpoint: Endpoint): Promise<Subject | undefined> {
    const child = fork(compiled("library-process"), { execArgv: ["--expose-gc"] });
    const subject = new Subject(library, child);
    child.send({ library, measure, endpoint });
    const message = await subject.#message();
    if ("able" in message && message.able) return subject;
    subject.end();
    return undefined;
  }

  async round(number: number): Promise<Figures> {
    this.child.send(number);
    const message = await this.#message();
    if ("figures" in message) return message.figures;
    throw new Error(`${this.library}: ${"error" in message ? message.error : "no figures"}`);
  }

  end(): void {
    this.child.kill("SIGKILL");
  }

  async #message() {
    const message = new Promise((resolve) => this.child.once("message", resolve));
    return Message.parse(await Promise.race([message, this.#exited]));
  }
}
