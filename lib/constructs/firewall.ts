import { ArnFormat, RemovalPolicy, Stack } from "aws-cdk-lib";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as logs from "aws-cdk-lib/aws-logs";
import * as wafv2 from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";
import type { FirewallSettings } from "./edge-settings";
import { partOfStackId } from "./part-of-stack-id";

export interface FirewallProps extends FirewallSettings {
  /** Begins the name of its log, `aws-waf-logs-<name>-…`, and heads its metrics. */
  readonly name: string;
  /** Encrypts its log; must admit CloudWatch Logs, as `EncryptionKey` does. */
  readonly encryptionKey: kms.IKey;
  readonly logRetention: logs.RetentionDays;
  /** What becomes of the log with the stack. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
}

/** Groups of rules that AWS keeps, none at a price of its own. Each rule of ours costs a dollar a month. */
const managedGroups = ["AmazonIpReputationList", "CommonRuleSet", "KnownBadInputsRuleSet"];

/** A web ACL for CloudFront, which must lie in us-east-1: AWS' own rules, and a rate by address. What they found is in a log. */
export class Firewall extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { name, action, requestsPerAddress, ...props }: FirewallProps) {
    super(scope, id);
    const visible = (metricName: string) => ({
      cloudWatchMetricsEnabled: true,
      sampledRequestsEnabled: true,
      metricName,
    });
    const rate: wafv2.CfnWebACL.RuleProperty = {
      name: "RequestsPerAddress",
      priority: 0, // before those that cost more to look at
      action: action === "count" ? { count: {} } : { block: { customResponse: { responseCode: 429 } } },
      statement: {
        rateBasedStatement: { aggregateKeyType: "IP", limit: requestsPerAddress, evaluationWindowSec: 300 },
      },
      visibilityConfig: visible("RequestsPerAddress"),
    };
    const managed = managedGroups.map((group, at): wafv2.CfnWebACL.RuleProperty => ({
      name: group,
      priority: at + 1,
      overrideAction: action === "count" ? { count: {} } : { none: {} },
      statement: { managedRuleGroupStatement: { vendorName: "AWS", name: `AWSManagedRules${group}` } },
      visibilityConfig: visible(group),
    }));
    const acl = new wafv2.CfnWebACL(this, "Acl", {
      scope: "CLOUDFRONT",
      description: `In front of ${name}`,
      defaultAction: { allow: {} },
      rules: [rate, ...managed],
      visibilityConfig: visible(name),
    });
    this.arn = acl.attrArn;

    const log = new logs.LogGroup(this, "Log", {
      logGroupName: `aws-waf-logs-${name}-${partOfStackId(this)}`, // WAF takes only names that begin so
      encryptionKey: props.encryptionKey,
      retention: props.logRetention,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    new wafv2.CfnLoggingConfiguration(this, "Logging", {
      resourceArn: this.arn,
      logDestinationConfigs: [
        // Without the `:*` at the end of what a log group calls its ARN.
        Stack.of(this).formatArn({
          service: "logs",
          resource: "log-group",
          resourceName: log.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      loggingFilter: {
        DefaultBehavior: "DROP", // what passes is in the API's own log
        Filters: [
          {
            Behavior: "KEEP",
            Requirement: "MEETS_ANY",
            Conditions: ["BLOCK", "COUNT"].map((Action) => ({ ActionCondition: { Action } })),
          },
        ],
      },
      redactedFields: ["authorization", "cookie"].map((Name) => ({ singleHeader: { Name } })),
    });
  }
}
