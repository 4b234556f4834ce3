/**
 * Answers what matches no route: 405 with the methods there are, if the path exists, else 404.
 *
 * Also OPTIONS, and with it what a browser asks before it lets a page call us: API Gateway answers that itself only where no route
 * takes it, and `$default` takes all. It adds its CORS headers to our answer, but the status must be a good one.
 */
import { unmatchedEnv } from "#contract/functions";
import { apiRoutes } from "#contract/routes";
import { Edge, NotThroughEdgeError } from "#platform/edge";
import { readEnvironment } from "#platform/environment";
import { problem } from "#platform/problem";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";

const edge = new Edge(readEnvironment(unmatchedEnv));

export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  if (edge.refuses(event)) return resultOf(problem("not-allowed", new NotThroughEdgeError().message));
  const { method, path } = event.requestContext.http;
  const methods = apiRoutes.filter((route) => matches(route.path, path)).map((route) => route.method);
  if (method === "OPTIONS" && methods.length > 0)
    return { statusCode: 204, headers: { allow: [...methods, "OPTIONS"].join(", ") } };
  const answer =
    methods.length === 0
      ? problem("not-found", `there is no ${path}`)
      : problem("method-not-allowed", `${path} takes ${methods.join(", ")}, not ${method}`, {
          headers: { allow: methods.join(", ") },
        });
  return resultOf(answer);
}

async function resultOf(answer: Response): Promise<APIGatewayProxyStructuredResultV2> {
  return { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
}

/** Whether a path fits a route as API Gateway writes it: a `{name}` stands for one segment. */
function matches(route: string, path: string): boolean {
  const expected = route.split("/");
  const actual = path.split("/");
  return (
    expected.length === actual.length &&
    expected.every((segment, at) => (segment.startsWith("{") ? actual[at] !== "" : segment === actual[at]))
  );
}
