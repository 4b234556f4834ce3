import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as logs from "aws-cdk-lib/aws-logs";
import * as rds from "aws-cdk-lib/aws-rds";
import { Construct } from "constructs";
import { partOfStackId } from "./part-of-stack-id";
import type { PostgresDatabase } from "./postgres-database";
import type { PostgresClient, PostgresEndpoint } from "./postgres-endpoint";

export interface PostgresProxyProps {
  readonly database: PostgresDatabase;
  readonly vpc: ec2.IVpc;
  /** Encrypts its log; must admit CloudWatch Logs, as `EncryptionKey` does. */
  readonly encryptionKey: kms.IKey;
  readonly logRetention: logs.RetentionDays;
}

const portNumber = 5432;

/** Of the connections that the instance lets it have. The rest is for migrations and people, who connect to the instance. */
const connectionsPercent = 80;

/**
 * An RDS Proxy: clients share the connections of one instance. They sign in to it by IAM, and so does it to the instance: there
 * is no password.
 *
 * A client has a connection for itself while a transaction runs. One that changed its session keeps it until it disconnects: no
 * `SET` outside transactions, no named statements, no `LISTEN`, no advisory lock of a session.
 */
export class PostgresProxy extends Construct implements PostgresEndpoint {
  readonly host: string;
  readonly port = String(portNumber);
  readonly databaseName: string;
  /** Its certificate is one of Amazon's public authorities, not of RDS' own. */
  readonly tls = "verify-public";
  readonly connections: ec2.Connections;
  private readonly database: PostgresDatabase;
  private readonly proxy: rds.DatabaseProxy;
  private readonly role: iam.Role;
  private readonly signsInAs = new Set<string>();

  constructor(scope: Construct, id: string, props: PostgresProxyProps) {
    super(scope, id);
    const { database, vpc } = props;
    const securityGroup = new ec2.SecurityGroup(this, "SecurityGroup", {
      vpc,
      description: `Proxy of PostgreSQL ${database.databaseName}: only clients that were granted`,
      allowAllOutbound: false,
    });
    // Left out, CDK makes one that may do nothing, and the proxy could sign in nowhere.
    this.role = new iam.Role(this, "Role", { assumedBy: new iam.ServicePrincipal("rds.amazonaws.com") });
    // Unique in account and region.
    const dbProxyName = `${Stack.of(this).stackName}-proxy-${partOfStackId(this)}`;
    const log = new logs.LogGroup(this, "Log", {
      logGroupName: `/aws/rds/proxy/${dbProxyName}`, // RDS would make it itself: unencrypted, and kept for ever
      encryptionKey: props.encryptionKey,
      retention: props.logRetention,
      // One that stayed would stand in the way when the setting is switched off and, in the same stack, on again.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.proxy = new rds.DatabaseProxy(this, "Proxy", {
      dbProxyName,
      proxyTarget: database.proxyTarget(),
      defaultAuthScheme: rds.DefaultAuthScheme.IAM_AUTH,
      role: this.role,
      requireTLS: true,
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: [securityGroup],
      maxConnectionsPercent: connectionsPercent,
      borrowTimeout: Duration.seconds(2), // a query is given up after three
    });
    this.proxy.node.addDependency(log);
    this.host = this.proxy.endpoint;
    this.databaseName = database.databaseName;
    this.connections = new ec2.Connections({ securityGroups: [securityGroup], defaultPort: ec2.Port.tcp(portNumber) });
    this.database = database;
  }

  /** Lets the grantee through the network and sign in as a role that has `rds_iam`. Rules and policies land in its stack. */
  grantConnect(grantee: PostgresClient, role: string): iam.Grant {
    // For the clients' role the proxy signs in to the instance.
    if (!this.signsInAs.has(role)) this.database.grantProxy(this.role, role);
    this.signsInAs.add(role);
    // From the grantee's side: the other way round the proxy's stack would depend on the grantee's, a cycle.
    grantee.connections.allowToDefaultPort(this, "PostgreSQL");
    return this.proxy.grantConnect(grantee, role);
  }
}
