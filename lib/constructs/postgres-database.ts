import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as logs from "aws-cdk-lib/aws-logs";
import * as rds from "aws-cdk-lib/aws-rds";
import { Construct } from "constructs";
import { logRemovalPolicy } from "./log-removal";
import { partOfStackId } from "./part-of-stack-id";
import type { PostgresClient, PostgresEndpoint } from "./postgres-endpoint";
import { completePostgresSettings, findPostgresMistakes, type PostgresSettings } from "./postgres-settings";
import { ValidationError } from "./validation-error";

export interface PostgresDatabaseProps extends PostgresSettings {
  readonly databaseName: string;
  readonly vpc: ec2.IVpc;
  /** Encrypts disk, backups, logs and the master's password; must admit CloudWatch Logs, as `EncryptionKey` does. */
  readonly encryptionKey: kms.IKey;
  readonly logRetention: logs.RetentionDays;
  /** What becomes of instance and logs with their stack. @default RemovalPolicy.SNAPSHOT - a last snapshot, and the logs */
  readonly removalPolicy?: RemovalPolicy.SNAPSHOT | RemovalPolicy.DESTROY;
}

const portNumber = 5432;
const exportedLogs = ["postgresql", "upgrade"];

/** Times are in milliseconds, as PostgreSQL reads them here. Migrations lift the limit of statements for themselves. */
const parametersOf17 = {
  "rds.force_ssl": "1",
  statement_timeout: "10000",
  idle_in_transaction_session_timeout: "10000",
  log_min_duration_statement: "500",
};

/**
 * A PostgreSQL instance that only named clients reach: isolated subnets, TLS required, KMS, IAM sign-in.
 *
 * The master's password is made and kept by RDS; only migrations read it.
 */
export class PostgresDatabase extends Construct implements PostgresEndpoint {
  readonly host: string;
  readonly port: string;
  readonly databaseName: string;
  readonly tls = "verify";
  readonly instanceId: string;
  /** Names it in the rights to sign in. */
  readonly resourceId: string;
  readonly allocatedGiB: number;
  readonly masterSecretArn: string;
  readonly connections: ec2.Connections;
  private readonly instance: rds.DatabaseInstance;
  private readonly encryptionKey: kms.IKey;

  constructor(scope: Construct, id: string, props: PostgresDatabaseProps) {
    super(scope, id);
    const { vpc, encryptionKey, databaseName } = props;
    const settings = completePostgresSettings(props);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.SNAPSHOT;
    const name = `${Stack.of(this).stackName}-${id}`.toLowerCase();
    const mistakes = [...findPostgresMistakes(settings, name)];
    if (mistakes.length > 0) throw new ValidationError(mistakes.join("; "), this);

    const instanceIdentifier = `${name}-${partOfStackId(this)}`;
    const securityGroup = new ec2.SecurityGroup(this, "SecurityGroup", {
      vpc,
      description: `PostgreSQL ${databaseName}: only clients that were granted`,
      allowAllOutbound: false,
    });
    // No minor version: AWS raises it by itself, and a deploy must not try to lower it again.
    const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_17 });

    this.instance = new rds.DatabaseInstance(this, "Instance", {
      instanceIdentifier,
      engine,
      instanceType: new ec2.InstanceType(settings.instanceClass),
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: [securityGroup],
      publiclyAccessible: false,
      multiAz: settings.multiAz,
      databaseName,
      storageType: rds.StorageType.GP3,
      allocatedStorage: settings.allocatedGiB,
      maxAllocatedStorage: settings.maxAllocatedGiB,
      storageEncrypted: true,
      storageEncryptionKey: encryptionKey,
      iamAuthentication: true,
      manageMasterUserPassword: true,
      credentials: rds.Credentials.fromUsername("database_master", { encryptionKey }),
      caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
      parameters: parametersOf17,
      cloudwatchLogsExports: exportedLogs,
      autoMinorVersionUpgrade: true,
      backupRetention: Duration.days(settings.backupRetentionDays),
      preferredBackupWindow: settings.backupWindow,
      preferredMaintenanceWindow: settings.maintenanceWindow,
      copyTagsToSnapshot: true,
      deletionProtection: settings.deletionProtection,
      deleteAutomatedBackups: removalPolicy === RemovalPolicy.DESTROY,
      removalPolicy,
    });
    this.instance.node.addDependency(...makeLogGroups(this, props, instanceIdentifier));

    const { secret, instanceResourceId } = this.instance;
    if (secret === undefined || instanceResourceId === undefined)
      throw new ValidationError("RDS reports no secret of the master, or no id of the instance", this);
    this.masterSecretArn = secret.secretArn;
    this.host = this.instance.dbInstanceEndpointAddress;
    this.port = this.instance.dbInstanceEndpointPort;
    this.databaseName = databaseName;
    this.encryptionKey = encryptionKey;
    this.instanceId = this.instance.instanceIdentifier;
    this.resourceId = instanceResourceId;
    this.allocatedGiB = settings.allocatedGiB;
    this.connections = new ec2.Connections({ securityGroups: [securityGroup], defaultPort: ec2.Port.tcp(portNumber) });
  }

  /** For a proxy before it, which gets its way there by this. */
  proxyTarget(): rds.ProxyTarget {
    return rds.ProxyTarget.fromInstance(this.instance);
  }

  /** Lets a proxy sign in as a role that has `rds_iam`. */
  grantProxy(proxyRole: iam.IRole, role: string): void {
    this.instance.grantConnect(proxyRole, role);
  }

  grantConnect(grantee: PostgresClient, role: string): iam.Grant {
    this.allowConnections(grantee);
    return this.instance.grantConnect(grantee, role);
  }

  /** Lets the grantee through the network and read the password of the master, who may do everything: for migrations. */
  grantMaster(grantee: PostgresClient): void {
    this.allowConnections(grantee);
    const { region } = Stack.of(this);
    // `Secret.grantRead` would name the grantee in the policy of the key, whose stack would then depend on the grantee's.
    iam.Grant.addToPrincipal({
      grantee,
      actions: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
      resourceArns: [this.masterSecretArn],
    });
    iam.Grant.addToPrincipal({
      grantee,
      actions: ["kms:Decrypt"],
      resourceArns: [this.encryptionKey.keyArn],
      conditions: { StringEquals: { "kms:ViaService": `secretsmanager.${region}.amazonaws.com` } },
    });
  }

  private allowConnections(grantee: PostgresClient): void {
    // From the grantee's side: the other way round the database's stack would depend on the grantee's, a cycle.
    grantee.connections.allowToDefaultPort(this, "PostgreSQL");
  }
}

/** RDS writes into groups of these names, and would make them itself: unencrypted, and kept for ever. */
function makeLogGroups(scope: Construct, props: PostgresDatabaseProps, instanceIdentifier: string): logs.LogGroup[] {
  return exportedLogs.map(
    (name) =>
      new logs.LogGroup(scope, `Log-${name}`, {
        logGroupName: `/aws/rds/instance/${instanceIdentifier}/${name}`,
        encryptionKey: props.encryptionKey,
        retention: props.logRetention,
        removalPolicy: logRemovalPolicy(props.removalPolicy),
      }),
  );
}
