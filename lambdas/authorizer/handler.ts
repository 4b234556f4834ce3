/** Tells API Gateway who asks, before every route that isn't public: reads the session behind the token from Redis. */
import { authorizerEnv } from "#contract/functions";
import { withDoctor } from "#platform/doctor";
import { Edge } from "#platform/edge";
import { readEnvironment } from "#platform/environment";
import { logger } from "#platform/logger";
import type { APIGatewayRequestAuthorizerEventV2, Context } from "aws-lambda";
import { authorize, type AuthorizerAnswer } from "./authorize";
import { buildServices } from "./services";

// Connecting begins here, while the function initializes. A failure is Lambda's to tell, and lets nobody in.
const env = readEnvironment(authorizerEnv);
const { sessions } = buildServices(env);
const edge = new Edge(env);

export const handler = withDoctor(
  (event: APIGatewayRequestAuthorizerEventV2, context: Context): Promise<AuthorizerAnswer> => {
    logger.addContext(context);
    logger.appendKeys({ requestId: event.requestContext.requestId });
    return authorize(event, sessions, edge);
  },
);
