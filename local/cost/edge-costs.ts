/** CloudFront and the firewall before the API: by the request, and a firewall by itself and by its rules. */
import * as z from "zod/mini";
import { type CostRule, propertiesOf } from "./cost-line";

const Distribution = z.object({
  DistributionConfig: z.object({
    DefaultCacheBehavior: z.object({ FunctionAssociations: z._default(z.array(z.unknown()), []) }),
  }),
});

const distribution: CostRule = (resource, costing) => {
  const { DefaultCacheBehavior } = propertiesOf(Distribution, resource).DistributionConfig;
  const { traffic, ofStage } = costing;
  return [
    costing.line("API", "requests to CloudFront", ofStage.requests, "cloudfront request"),
    costing.line(
      "API",
      "calls of functions in CloudFront",
      DefaultCacheBehavior.FunctionAssociations.length * ofStage.requests,
      "cloudfront function call",
    ),
    costing.line(
      "API",
      "answers, from CloudFront to the internet",
      costing.gigabytes(traffic.answerBytes) * ofStage.requests,
      "cloudfront data to the internet",
    ),
  ];
};

const WebAcl = z.object({ Rules: z._default(z.array(z.unknown()), []) });

const firewall: CostRule = (resource, costing) => [
  costing.line("API", "firewall", 1, "firewall"),
  costing.line(
    "API",
    "rules of the firewall, of AWS or one's own",
    propertiesOf(WebAcl, resource).Rules.length,
    "firewall rule",
  ),
  costing.line("API", "requests that the firewall looks at", costing.ofStage.requests, "firewall request"),
];

export const edgeRules: Readonly<Record<string, CostRule>> = {
  "AWS::CloudFront::Distribution": distribution,
  "AWS::WAFv2::WebACL": firewall,
};
