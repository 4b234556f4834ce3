/** The HTTP API: requests, answers, its log, and the metrics of its routes. */
import * as z from "zod/mini";
import { resourcesOfType } from "../aws/template";
import { type CostLine, type CostRule, propertiesOf } from "./cost-line";
import { logLines } from "./log-costs";
import { referredResource } from "./referred";

/** 4xx, 5xx, Count, IntegrationLatency, Latency, DataProcessed. */
const metricsPerRoute = 6;

const Stage = z.object({
  AccessLogSettings: z.optional(z.object({ DestinationArn: z.unknown() })),
  DefaultRouteSettings: z._default(z.object({ DetailedMetricsEnabled: z._default(z.boolean(), false) }), {
    DetailedMetricsEnabled: false,
  }),
});

const stage: CostRule = (resource, costing) => {
  const { AccessLogSettings, DefaultRouteSettings } = propertiesOf(Stage, resource);
  const { traffic, ofStage } = costing;
  const lines: CostLine[] = [costing.line("API", "requests", ofStage.requests, "http api request")];
  // What goes to CloudFront costs nothing; what goes on from there is counted with it.
  if (resourcesOfType(costing.assembly, "AWS::CloudFront::Distribution").length === 0)
    lines.push(
      costing.line(
        "API",
        "answers, to the internet",
        costing.gigabytes(traffic.answerBytes) * ofStage.requests,
        "data to the internet",
      ),
    );
  if (DefaultRouteSettings.DetailedMetricsEnabled) {
    const routes = resourcesOfType(costing.assembly, "AWS::ApiGatewayV2::Route").length;
    lines.push(
      costing.line(
        "watching",
        `${metricsPerRoute} metrics of each of ${routes} routes, while it is used`,
        metricsPerRoute * routes * traffic.routesInUse * ofStage.hoursInUse,
        "custom metric",
      ),
    );
  }
  if (AccessLogSettings !== undefined)
    lines.push(
      ...logLines(costing, "access log", traffic.accessLogBytes * ofStage.requests, {
        group: referredResource(AccessLogSettings.DestinationArn, resource),
      }),
    );
  return lines;
};

export const apiRules: Readonly<Record<string, CostRule>> = { "AWS::ApiGatewayV2::Stage": stage };
