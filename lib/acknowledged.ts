/** What the checkers find and we leave as it is, each with its reason. Nothing else is acknowledged anywhere. */
import { CfnResource, Stack, Token, Validations } from "aws-cdk-lib";
import { apiRoutes } from "../lambdas/contract/routes";
import type { StageConfig } from "./config";
import type { LarderStage } from "./larder-stage";

export interface Acknowledged {
  /**
   * The rule as `Validations` knows it: those of cdk-nag without the name of the plugin that the report puts before them. What an ARN in
   * it has of the stack is written `<partition>`, `<region>` and `<account>`.
   */
  readonly id: string;
  /** The paths, within the stage, of the constructs whose finding it is. */
  readonly at: RegExp;
  readonly reason: string;
  /** In which stages. @default - in all */
  readonly when?: (config: StageConfig) => boolean;
}

const redisGroup = /^data\/(Cache|State)\/Group$/;
const throwaway = (config: StageConfig) => !config.keepData;
const sendsMail = (config: StageConfig) => config.mail !== undefined;

export const acknowledged: readonly Acknowledged[] = [
  {
    id: "AwsSolutions-AEC5",
    at: redisGroup,
    reason: "Another port hides nothing: only clients that were granted reach it, and each proves itself with IAM.",
  },
  {
    id: "Larder-Redis::port",
    at: redisGroup,
    reason: "As AwsSolutions-AEC5, which looks at the engine redis only.",
  },
  {
    id: "AwsSolutions-AEC6",
    at: redisGroup,
    reason:
      "Users sign in with IAM, each with rights of its own; AUTH is one password for everybody, and excludes users.",
  },
  {
    id: "AwsSolutions-RDS11",
    at: /^data\/Database\/Instance\/Resource$/,
    reason: "As AwsSolutions-AEC5: only clients that were granted reach it, and each proves itself with IAM.",
  },
  {
    id: "AwsSolutions-RDS3",
    at: /^data\/Database\/Instance\/Resource$/,
    reason: "A stage whose data may be thrown away can wait for its database; a standby doubles the price.",
    when: throwaway,
  },
  {
    id: "AwsSolutions-RDS10",
    at: /^data\/Database\/Instance\/Resource$/,
    reason: "A stage whose data may be thrown away must be destroyed by one command.",
    when: throwaway,
  },
  {
    id: "AwsSolutions-IAM5[Resource::*]",
    at: /^api\/(Migration\/|Release\/PreTraffic\/)?[A-Z][A-Za-z]+\/Access\/Role\/DefaultPolicy\/Resource$/,
    reason:
      "Network interfaces and traces have no name before they exist; test/lib/functions.test.ts holds `*` to their actions.",
  },
  ...["CatalogFunction6DE1C47C", "CheckoutFunction4A74BA1F"].map((fn) => ({
    id: `AwsSolutions-IAM5[Resource::<${fn}.Arn>:*]`,
    at: /^api\/Release\/PreTraffic\/Check\/Access\/Role\/DefaultPolicy\/Resource$/,
    reason:
      "Versions of that function alone: the right to a new one by its number would come seconds before it is used.",
  })),
  {
    id: "AwsSolutions-IAM5[Resource::<ReleasePreTrafficCheckFunctionB1014BC9.Arn>:*]",
    at: /^api\/Release\/[A-Z][a-z]+\/Deployment\/ServiceRole\/DefaultPolicy\/Resource$/,
    reason: "CDK lets CodeDeploy call every version of its hook, which has none but the latest.",
  },
  {
    id: "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]",
    at: /^api\/Release\/[A-Z][a-z]+\/Deployment\/ServiceRole\/Resource$/,
    reason: "AWS keeps it in step with what CodeDeploy calls; only CodeDeploy can take the role.",
  },
  ...["identity", "configuration-set"].map((resource) => ({
    id: `AwsSolutions-IAM5[Resource::arn:<partition>:ses:<region>:<account>:${resource}/*]`,
    at: /^api\/Worker\/Access\/Role\/DefaultPolicy\/Resource$/,
    reason: "The sender's address limits it, by a condition; SES asks for the right to other identities, too.",
    when: sendsMail,
  })),
  {
    id: "AwsSolutions-APIG4",
    at: new RegExp(`^api/HttpApi/Api/(DefaultRoute|${publicRoutes().join("|")})/Resource$`),
    reason: "These routes are public by lambdas/contract/routes.ts; the default route answers 404 and 405.",
  },
  {
    id: "CloudFormation-Validate::W3010",
    at: /^network\/Network\/Vpc\/isolatedSubnet\d\/Subnet$/,
    reason: "The zones are chosen in the config: a look-up would need an account, and its answer could change.",
  },
];

/** Acknowledges the findings of one stage. */
export function acknowledgeFindings(stage: LarderStage, config: StageConfig): void {
  for (const { id, at, reason, when } of acknowledged)
    if (when?.(config) ?? true)
      for (const construct of stage.node.findAll().filter(CfnResource.isCfnResource))
        if (at.test(pathWithin(stage, construct)))
          Validations.of(construct).acknowledge({ id: idIn(Stack.of(construct), id), reason });
}

/** With what the ARNs of a stack begin with, as the checks show it: a stage needs no account to be synthesized, and has one when it is deployed. */
export function idIn({ partition, region, account }: Stack, id: string): string {
  const shown = (value: string, parameter: string) => (Token.isUnresolved(value) ? `<AWS::${parameter}>` : value);
  return id
    .replace("<partition>", shown(partition, "Partition"))
    .replace("<region>", shown(region, "Region"))
    .replace("<account>", shown(account, "AccountId"));
}

function pathWithin(stage: LarderStage, resource: CfnResource): string {
  return resource.node.path.slice(stage.node.path.length + 1);
}

/** Ids of their constructs as CDK makes them, for a regular expression. */
function publicRoutes(): string[] {
  return apiRoutes
    .filter(({ access }) => access === "public")
    .map(({ method, path }) => `${method}${path}`.replaceAll("/", "--").replaceAll(/[.{}]/g, String.raw`\$&`));
}
