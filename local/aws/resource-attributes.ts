/** What `Ref` and `Fn::GetAtt` of a resource give on this machine: names and ARNs as AWS forms them, endpoints of the local servers. */
import type { LocalEndpoints } from "./endpoints";
import type { Resource } from "./template";

export const accountId = "000000000000";

/** The value of an attribute, `Ref` included; `undefined` for what has no counterpart here. */
export function resourceAttribute(
  resource: Resource,
  attribute: string,
  { redis, postgres }: LocalEndpoints,
  apiUrl: string,
): string | undefined {
  const name = physicalName(resource);
  const arnOf = (service: string, rest: string): string =>
    `arn:aws:${service}:${resource.stack.region}:${accountId}:${rest}`;

  switch (`${resource.type} ${attribute}`) {
    case "AWS::ElastiCache::ReplicationGroup Ref":
      return name.toLowerCase();
    case "AWS::ElastiCache::ReplicationGroup PrimaryEndPoint.Address":
    case "AWS::ElastiCache::ReplicationGroup ReaderEndPoint.Address":
    case "AWS::ElastiCache::ReplicationGroup ConfigurationEndPoint.Address":
      return redis.host;
    case "AWS::ElastiCache::ReplicationGroup PrimaryEndPoint.Port":
    case "AWS::ElastiCache::ReplicationGroup ReaderEndPoint.Port":
    case "AWS::ElastiCache::ReplicationGroup ConfigurationEndPoint.Port":
      return String(redis.port);
    case "AWS::ElastiCache::User Ref":
      return name;
    case "AWS::RDS::DBInstance Ref":
      return name.toLowerCase();
    case "AWS::RDS::DBInstance Endpoint.Address":
    case "AWS::RDS::DBProxy Endpoint":
      return postgres.host;
    case "AWS::RDS::DBInstance Endpoint.Port":
      return String(postgres.port);
    case "AWS::RDS::DBInstance MasterUserSecret.SecretArn":
      return arnOf("secretsmanager", `secret:rds!db-${name}`);
    case "AWS::Lambda::Function Ref":
      return name;
    case "AWS::Lambda::Function Arn":
      return arnOf("lambda", `function:${name}`);
    case "AWS::ApiGatewayV2::Api Ref":
    case "AWS::ApiGatewayV2::Authorizer Ref":
    case "AWS::ApiGatewayV2::Integration Ref":
      return resource.logicalId.toLowerCase();
    case "AWS::ApiGatewayV2::Api ApiEndpoint":
      return apiUrl;
    default:
      return undefined;
  }
}

/** The name that the template gives a resource, else one formed like CloudFormation's. */
function physicalName({ stack, logicalId, properties }: Resource): string {
  const given =
    properties.FunctionName ?? properties.ReplicationGroupId ?? properties.UserId ?? properties.DBInstanceIdentifier;
  return typeof given === "string" ? given : `${stack.name}-${logicalId}`;
}
