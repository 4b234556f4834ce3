import { functionUsers } from "../../../local/aws/function-users";
import { writeAssembly } from "./assembly-fixture";

const user = (name: string, rules: string, type = "iam") => ({
  Type: "AWS::ElastiCache::User",
  Properties: { UserId: name, UserName: name, AccessString: rules, AuthenticationMode: { Type: type } },
});
const assembly = writeAssembly({
  functions: {},
  resources: {
    Catalog: user("shop-catalog", "on ~movies:* -@all +get"),
    Default: user("default", "off ~* -@all", "no-password-required"),
  },
});

it("are those of the template who sign in by IAM, with its rules", () => {
  expect(functionUsers(assembly, "single", "secret")).toEqual(["user shop-catalog >secret on ~movies:* -@all +get"]);
});

it("may find their way in a cluster, where the server is one", () => {
  expect(functionUsers(assembly, "cluster", "secret").join()).toMatch(/\+get .*\+cluster\|slots/);
});
