import { Duration, type RemovalPolicy } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as kms from "aws-cdk-lib/aws-kms";
import type * as logs from "aws-cdk-lib/aws-logs";
import type * as sns from "aws-cdk-lib/aws-sns";
import * as triggers from "aws-cdk-lib/triggers";
import { Construct } from "constructs";
import { ApiFunction } from "./api-function";
import type { PostgresDatabase } from "./postgres-database";
import { ServiceEndpoint } from "./service-endpoint";

export interface DatabaseMigrationProps {
  readonly database: PostgresDatabase;
  /** The login role that it creates, and that the functions connect as. */
  readonly appRole: string;
  readonly vpc: ec2.IVpc;
  /** In how many zones Secrets Manager can be reached; each costs about 7 USD a month. */
  readonly secretsEndpointZones: number;
  readonly encryptionKey: kms.IKey;
  readonly logRetention: logs.RetentionDays;
  readonly removalPolicy?: RemovalPolicy;
  readonly alarmTopic: sns.ITopic;
}

const timeoutSeconds = 300;

/**
 * Brings the schema up to date during each deploy that changes it, before the functions that need it.
 *
 * A failure fails the deploy, and the old functions stay.
 */
export class DatabaseMigration extends Construct {
  /** Called by hand it also makes logins: of the first administrator, say. */
  readonly functionName: string;
  private readonly trigger: triggers.Trigger;

  constructor(scope: Construct, id: string, props: DatabaseMigrationProps) {
    super(scope, id);
    const { database } = props;
    const migrate = new ApiFunction(this, "Migrate", {
      ...props,
      name: "migrate",
      environment: {
        DATABASE_HOST: database.host,
        DATABASE_PORT: database.port,
        DATABASE_NAME: database.databaseName,
        DATABASE_TLS: "verify",
        DATABASE_SECRET_ARN: database.masterSecretArn,
        DATABASE_APP_ROLE: props.appRole,
      },
      errorImpact: "the deploy is rolled back, and the schema is as the last complete migration left it",
      memoryMiB: 512,
      timeoutSeconds,
      data: ["authorities", "migrations", "films"],
    });
    database.grantMaster(migrate.function);
    const secretsEndpoint = new ServiceEndpoint(this, "SecretsEndpoint", {
      vpc: props.vpc,
      service: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
      serviceName: "Secrets Manager",
      zones: props.secretsEndpointZones,
      user: migrate.function,
      userRole: migrate.role,
      userName: "reader",
      passes: {
        actions: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        resources: [database.masterSecretArn],
      },
    });

    this.functionName = migrate.function.functionName;
    this.trigger = new triggers.Trigger(this, "Trigger", {
      handler: migrate.function,
      // Longer than the function may take, or the call is repeated while the first one still works.
      timeout: Duration.seconds(timeoutSeconds + 30),
      // By then its role, and every rule on its way to database and secret, must be there.
      executeAfter: [migrate, secretsEndpoint],
    });
  }

  /** These functions are changed only after the schema is. */
  runBefore(...functions: Construct[]): void {
    this.trigger.executeBefore(...functions);
  }
}
