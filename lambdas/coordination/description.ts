import { createHash } from "node:crypto";
import { openApiDocument } from "./openapi-document";

/** The API's description as it is sent. It is made when it is first asked for, once in a process. */
export class Description {
  #made: { readonly text: string; readonly etag: string } | undefined;

  get text(): string {
    return this.#make().text;
  }

  get etag(): string {
    return this.#make().etag;
  }

  #make() {
    if (this.#made === undefined) {
      const text = JSON.stringify(openApiDocument());
      this.#made = { text, etag: `"${createHash("sha256").update(text).digest("base64url")}"` };
    }
    return this.#made;
  }
}
