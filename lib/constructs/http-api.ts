import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import * as apigateway from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as kms from "aws-cdk-lib/aws-kms";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { apiRoutes, type ApiRoute } from "../../lambdas/contract/routes";
import { apiMetric } from "./api-metrics";
import { corsFor, findCorsMistakes } from "./cors";
import { RunbookAlarm } from "./runbook-alarm";
import { ValidationError } from "./validation-error";
import { vendedLogName } from "./vended-log-name";

export interface HttpApiProps {
  /** The functions that the route table names. */
  readonly functions: Readonly<Record<ApiRoute["function"], lambda.IFunction>>;
  /** Says who asks, before every route that isn't public. */
  readonly authorizer: lambda.IFunction;
  /** Answers what matches no route. */
  readonly unmatched: lambda.IFunction;
  readonly requestsPerSecond: number;
  readonly burst: number;
  /** Pages of these origins may call the API from a browser; `*` alone stands for all. */
  readonly corsOrigins: readonly string[];
  /** Encrypts the access log; must admit CloudWatch Logs, as `EncryptionKey` does. */
  readonly encryptionKey: kms.IKey;
  readonly logRetention: logs.RetentionDays;
  /** What becomes of the access log with the stack. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
  readonly alarmTopic: sns.ITopic;
}

/** Requests in five minutes, below which it isn't alarmed how long they take. */
const fewestForLatency = 100;

const accessLogFields = {
  requestId: "$context.requestId",
  time: "$context.requestTimeEpoch",
  ip: "$context.identity.sourceIp",
  userAgent: "$context.identity.userAgent",
  method: "$context.httpMethod",
  path: "$context.path",
  routeKey: "$context.routeKey",
  user: "$context.authorizer.userId",
  status: "$context.status",
  responseBytes: "$context.responseLength",
  latencyMs: "$context.responseLatency",
  integrationLatencyMs: "$context.integrationLatency",
  integrationStatus: "$context.integrationStatus",
  integrationError: "$context.integrationErrorMessage",
  authorizerError: "$context.authorizer.error",
  error: "$context.error.message",
};

interface ThrottledRoute extends NonNullable<ApiRoute["throttle"]> {
  readonly routes: readonly apigateway.HttpRoute[];
}

/** A stage of CDK's own has one throttle for all. API Gateway refuses settings of a route that isn't there yet. */
function throttleRoutes(stage: apigateway.HttpStage, throttled: Readonly<Record<string, ThrottledRoute>>): void {
  const { defaultChild } = stage.node;
  if (!(defaultChild instanceof apigateway.CfnStage)) throw new Error("a stage of CDK is no CfnStage any more");
  defaultChild.routeSettings = Object.fromEntries(
    Object.entries(throttled).map(([key, { requestsPerSecond, burst }]) => [
      key,
      { ThrottlingRateLimit: requestsPerSecond, ThrottlingBurstLimit: burst, DetailedMetricsEnabled: true },
    ]),
  );
  for (const { routes } of Object.values(throttled)) stage.node.addDependency(...routes);
}

/** The HTTP API with the routes of lambdas/contract/routes.ts, throttled, with an authorizer, each request in a structured log. */
export class HttpApi extends Construct {
  readonly url: string;
  readonly apiId: string;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const mistakes = [...findCorsMistakes(props.corsOrigins)];
    if (mistakes.length > 0) throw new ValidationError(mistakes.join("; "), this);

    const integrate = (name: string, handler: lambda.IFunction) => new HttpLambdaIntegration(name, handler);
    const api = new apigateway.HttpApi(this, "Api", {
      apiName: Stack.of(this).stackName,
      createDefaultStage: false,
      defaultIntegration: integrate("unmatched", props.unmatched),
      corsPreflight: corsFor(props.corsOrigins),
    });
    const authorizer = new HttpLambdaAuthorizer("Authorizer", props.authorizer, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      // With one, API Gateway itself would answer whoever sends no token, and not as problem+json.
      identitySource: [],
      // CDK's default is 5 minutes, for which a session would outlive its end.
      resultsCacheTtl: Duration.seconds(0),
    });

    const throttled: Record<string, ThrottledRoute> = {};
    for (const [name, handler] of Object.entries(props.functions)) {
      const integration = integrate(name, handler);
      for (const { method, path, access, throttle } of apiRoutes.filter((route) => route.function === name)) {
        const routes = api.addRoutes({
          path,
          methods: [apigateway.HttpMethod[method]],
          integration,
          authorizer: access === "public" ? undefined : authorizer,
        });
        if (throttle !== undefined) throttled[`${method} ${path}`] = { ...throttle, routes };
      }
    }

    const accessLog = new logs.LogGroup(this, "AccessLog", {
      logGroupName: vendedLogName(this, "access"),
      encryptionKey: props.encryptionKey,
      retention: props.logRetention,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const stage = new apigateway.HttpStage(this, "Stage", {
      httpApi: api,
      stageName: "$default",
      autoDeploy: true,
      throttle: { rateLimit: props.requestsPerSecond, burstLimit: props.burst },
      detailedMetricsEnabled: false, // by route they cost more than they tell: the access log has the route of each request
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
      },
    });
    throttleRoutes(stage, throttled);
    this.url = stage.url;
    this.apiId = api.apiId;

    new RunbookAlarm(this, "ServerErrors", {
      metric: apiMetric(this.apiId, "5xx", "Sum"),
      threshold: 5,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      meaning: "The API answered 5xx (times in 5 minutes): its callers see errors.",
      runbookSection: "api-server-errors",
      pages: true,
      topic: props.alarmTopic,
    });
    new RunbookAlarm(this, "Latency", {
      metric: new cloudwatch.MathExpression({
        // Of a few requests the slowest counts, which is one that a new environment answered.
        expression: `IF(requests >= ${fewestForLatency}, slowest, 0)`,
        usingMetrics: {
          requests: apiMetric(this.apiId, "Count", "Sum"),
          slowest: apiMetric(this.apiId, "Latency", "p99"),
        },
        label: "slowest hundredth",
        period: Duration.minutes(5),
      }),
      threshold: 3_000,
      datapointsToAlarm: 3,
      evaluationPeriods: 3,
      meaning: "One in a hundred requests takes the API long, for a quarter of an hour (milliseconds).",
      runbookSection: "api-latency",
      topic: props.alarmTopic,
    });
  }
}
