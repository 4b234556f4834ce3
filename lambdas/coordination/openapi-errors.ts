import { type HeaderName, isHeaderName, rateLimitHeaders } from "#contract/openapi/headers";
import type { Operation } from "#contract/openapi/operation";
import { problemSchemaOf, problemsOf } from "#contract/openapi/problems";
import { type ProblemCode, problems, problemType } from "#contract/problems";
import type { ApiRoute } from "#contract/routes";
import { headersNamed } from "./openapi-operation";
import type { JsonSchemas } from "./openapi-schemas";

/** What routes answer if something goes wrong. One status may tell of several problems; routes with the same ones share the answer. */
export class ErrorAnswers {
  readonly #schemas: JsonSchemas;
  readonly #named = new Map<string, object>();

  constructor(schemas: JsonSchemas) {
    this.#schemas = schemas;
  }

  /** By status. */
  of(route: ApiRoute, operation: Operation): Record<string, object> {
    const byStatus = Map.groupBy(problemsOf(route, operation), (code) => problems[code].status);
    return Object.fromEntries([...byStatus].map(([status, codes]) => [status, this.#reference(codes)]));
  }

  /** All that were asked for. */
  named(): Record<string, object> {
    return Object.fromEntries(this.#named);
  }

  #reference(codes: readonly ProblemCode[]): { $ref: string } {
    const name = codes.join(".");
    if (!this.#named.has(name)) this.#named.set(name, this.#answer(codes));
    return { $ref: `#/components/responses/${name}` };
  }

  #answer(codes: readonly ProblemCode[]): object {
    const references = [...new Set(codes.map(problemSchemaOf))].map((schema) => this.#schemas.reference(schema));
    return {
      description: codes.map((code) => `${problems[code].title} (\`${problemType(code)}\`).`).join("\n\n"),
      headers: headersNamed([...new Set(codes.flatMap(headersOf))]),
      content: {
        "application/problem+json": { schema: references.length === 1 ? references[0] : { anyOf: references } },
      },
    };
  }
}

function headersOf(code: ProblemCode): readonly HeaderName[] {
  const own = Object.keys(problems[code].headers ?? {}).filter(isHeaderName);
  return [...rateLimitHeaders, ...own, ...(code === "too-many-requests" ? (["retry-after"] as const) : [])];
}
