/**
 * What checkers let pass and AWS refuses in the middle of a deploy, or accepts and is wrong: found in the templates as they are
 * deployed, so also behind a construct's back, by an override or a plain `CfnReplicationGroup`.
 */
import type { IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport } from "aws-cdk-lib";
import { checkGroup } from "./redis-group-rules";
import type { RedisMistake } from "./redis-mistake";
import { checkServerlessCache, checkUser, checkUserGroup } from "./redis-user-rules";
import { Templates, type TemplateResource } from "./templates";

const checksOf: Readonly<Record<string, (resource: TemplateResource, templates: Templates) => Iterable<RedisMistake>>> =
  {
    "AWS::ElastiCache::ReplicationGroup": checkGroup,
    "AWS::ElastiCache::ServerlessCache": checkServerlessCache,
    "AWS::ElastiCache::User": checkUser,
    "AWS::ElastiCache::UserGroup": checkUserGroup,
  };

export function* findRedisRuleBreaches(
  templates: Templates,
): Generator<{ readonly resource: TemplateResource; readonly mistake: RedisMistake }> {
  for (const resource of templates.resources)
    for (const mistake of checksOf[resource.type]?.(resource, templates) ?? []) yield { resource, mistake };
}

/** The rules as a part of synthesizing: a breach is an error. */
export class RedisRules implements IPolicyValidationPlugin {
  readonly name = "Larder-Redis";

  validate({ templatePaths }: IPolicyValidationContext): PolicyValidationPluginReport {
    const violations = [...findRedisRuleBreaches(Templates.read(templatePaths))].map(({ resource, mistake }) => ({
      ruleName: mistake.rule,
      description: mistake.message,
      severity: "error",
      violatingResources: [
        {
          resourceLogicalId: resource.logicalId,
          templatePath: resource.templatePath,
          locations: [`Properties.${mistake.property}`],
        },
      ],
    }));
    return { success: violations.length === 0, violations };
  }
}
