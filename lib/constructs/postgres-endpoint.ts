/** How clients of PostgreSQL reach it. */
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as iam from "aws-cdk-lib/aws-iam";

/** Anything that has a role and a place in the network. */
export interface PostgresClient extends iam.IGrantable, ec2.IConnectable {}

/** What clients connect to: the instance, or a proxy before it. */
export interface PostgresEndpoint extends ec2.IConnectable {
  readonly host: string;
  readonly port: string;
  readonly databaseName: string;
  /** By which authorities clients verify it: those of RDS, or those that everybody knows. */
  readonly tls: "verify" | "verify-public";
  /** Lets the grantee through the network and sign in as a role that has `rds_iam`. Rules and policies land in its stack. */
  grantConnect(grantee: PostgresClient, role: string): iam.Grant;
}
