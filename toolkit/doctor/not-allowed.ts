/** What is left when a sign-in is refused whatever is signed: ElastiCache gives one answer for all of it. */
import type { IamResource } from "../redis/iam-credentials";
import type { Finding } from "./finding";
import { minutes } from "./token";

interface Refused {
  readonly user: string;
  readonly region: string;
  readonly account?: string;
  readonly resource: IamResource;
}

export function resourceText({ group, serverlessCache }: IamResource): string {
  return group === undefined ? `the serverless cache ${serverlessCache}` : `the group ${group}`;
}

/** @param behindMs how far this clock is behind a time server, if one answered */
export function notAllowed({ user, region, account, resource }: Refused, behindMs: number | undefined): Finding[] {
  const partition = region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  const arn = (what: string) => `arn:${partition}:elasticache:${region}:${account ?? "<account>"}:${what}`;
  const name = (resource.group ?? resource.serverlessCache).toLowerCase();
  const cacheArn = arn(resource.group === undefined ? `serverlesscache:${name}` : `replicationgroup:${name}`);
  const aws = "aws elasticache";
  const userGroups =
    resource.group === undefined
      ? `${aws} describe-serverless-caches --serverless-cache-name ${name} --region ${region} --query 'ServerlessCaches[].UserGroupId'`
      : `${aws} describe-replication-groups --replication-group-id ${name} --region ${region} --query 'ReplicationGroups[].UserGroupIds'`;
  const clock =
    behindMs === undefined
      ? "no time server answered; that the clock is wrong is unlikely, since no token of the hours around was accepted"
      : `the clock is right to ${minutes(Math.abs(behindMs))}`;
  return [
    {
      check: "sign-in",
      fault: "not-allowed",
      says: `refused, whatever is signed: the user, its user group, or the policy`,
      todo: [
        clock,
        `1. is ${user} in a user group of ${resourceText(resource)}, and is that group active?`,
        `   ${userGroups}`,
        `   ${aws} describe-user-groups --user-group-id <each> --region ${region} --query 'UserGroups[].[Status,UserIds]'`,
        `2. is the user active, its name ${user} too, its type iam, its access string "on …"?`,
        `   ${aws} describe-users --user-id ${user} --region ${region} --query 'Users[].[Status,UserName,Authentication.Type,AccessString]'`,
        "3. may whoever signs connect to both? One of the two is not enough",
        `   ${cacheArn}`,
        `   ${arn(`user:${user}`)}`,
        "   aws sts get-caller-identity",
        `   aws iam simulate-principal-policy --policy-source-arn <its role> --action-names elasticache:Connect --resource-arns ${cacheArn} ${arn(`user:${user}`)} --query 'EvaluationResults[].[EvalResourceName,EvalDecision]'`,
        "4. are its credentials still good? sts above says so",
      ],
    },
  ];
}
