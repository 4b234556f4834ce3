/** What one route takes, and what it answers if all goes well, in the words of OpenAPI. */
import { type HeaderName, rateLimitHeaders } from "#contract/openapi/headers";
import type { Operation } from "#contract/openapi/operation";
import type { JsonSchemas } from "./openapi-schemas";

export function parametersOf({ request }: Operation, schemas: JsonSchemas): object[] {
  return [
    ...Object.entries(request?.path?.shape ?? {}).map(([name, schema]) => ({
      name,
      in: "path",
      required: true,
      schema: schemas.inline(schema),
    })),
    ...schemas.members(request?.query).map(({ name, required, schema }) => ({ name, in: "query", required, schema })),
    ...schemas
      .members(request?.headers)
      .map(({ name, required, schema }) => ({ name, in: "header", required, schema })),
  ];
}

export function answersOf(operation: Operation, schemas: JsonSchemas): Record<string, object> {
  const answers: Record<string, object> = {};
  for (const [status, { description, body, headers = [] }] of Object.entries(operation.answers))
    answers[status] = {
      description,
      headers: headersNamed([...headers, ...rateLimitHeaders]),
      content: body && { "application/json": { schema: schemas.reference(body) } },
    };
  return answers;
}

export function headersNamed(names: readonly HeaderName[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
