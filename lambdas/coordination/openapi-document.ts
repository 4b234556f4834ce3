/**
 * The API as an OpenAPI 3.1 document, made from what the rest of the application runs by: the table of routes, the schemas that
 * endpoints validate with, the table of problems.
 */
import { headers } from "#contract/openapi/headers";
import { operations } from "#contract/openapi/operations";
import { schemaNotes } from "#contract/openapi/schemas";
import { type ApiRoute, apiRoutes, isRouteKey } from "#contract/routes";
import { ErrorAnswers } from "./openapi-errors";
import { answersOf, parametersOf } from "./openapi-operation";
import { JsonSchemas } from "./openapi-schemas";

export function openApiDocument() {
  const schemas = new JsonSchemas(schemaNotes());
  const errors = new ErrorAnswers(schemas);
  const paths: Record<string, Record<string, object>> = {};
  for (const route of apiRoutes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: described(route, schemas, errors) };
  return {
    openapi: "3.1.0",
    info: {
      title: "Larder",
      version: "0.1.0",
      summary: "The film shop on a shared Redis.",
      description: "Errors are problem+json (RFC 9457): programs tell them apart by `type`.",
    },
    paths,
    components: {
      schemas: schemas.named(),
      responses: errors.named(),
      headers,
      securitySchemes: {
        session: { type: "http", scheme: "bearer", description: "The token that `POST /sessions` answers with." },
      },
    },
  };
}

function described(route: ApiRoute, schemas: JsonSchemas, errors: ErrorAnswers): object {
  const key = `${route.method} ${route.path}`;
  if (!isRouteKey(key)) throw new Error(`no route of the contract is called ${key}`);
  const operation = operations[key];
  const { id, summary, description, request } = operation;
  return {
    operationId: id,
    tags: [route.path.split("/")[1]],
    summary,
    description,
    // Each role by itself is enough.
    security: route.access === "public" ? [] : route.access.map((role) => ({ session: [role] })),
    parameters: parametersOf(operation, schemas),
    requestBody: request?.body && {
      required: true,
      content: { "application/json": { schema: schemas.reference(request.body) } },
    },
    responses: { ...answersOf(operation, schemas), ...errors.of(route, operation) },
  };
}
