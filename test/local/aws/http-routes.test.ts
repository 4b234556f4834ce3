import { matchRoute } from "../../../local/aws/http-routes";

const routes = [
  "GET /pets/dog/1",
  "GET /pets/dog/{id}",
  "GET /pets/{proxy+}",
  "ANY /pets/dog/{id}",
  "ANY /{proxy+}",
  "$default",
];

function choose(method: string, path: string, keys = routes) {
  const match = matchRoute(
    keys.map((key) => ({ key })),
    method,
    path,
  );
  return typeof match === "object" ? [match.route.key, match.pathParameters] : match;
}

describe("choosing a route", () => {
  it.each([
    ["GET", "/pets/dog/1", "GET /pets/dog/1", {}],
    ["GET", "/pets/dog/2", "GET /pets/dog/{id}", { id: "2" }],
    ["POST", "/pets/dog/1", "ANY /pets/dog/{id}", { id: "1" }],
    ["GET", "/pets/cat/1", "GET /pets/{proxy+}", { proxy: "cat/1" }],
    ["POST", "/pets/cat/1", "ANY /{proxy+}", { proxy: "pets/cat/1" }],
    ["GET", "/", "$default", {}],
  ])("prefers whole paths to greedy ones, and those to $default: %s %s", (method, path, key, variables) => {
    expect(choose(method, path)).toEqual([key, variables]);
  });

  it("answers a HEAD or OPTIONS request only from ANY and $default", () => {
    expect(choose("HEAD", "/pets", ["GET /pets"])).toBeUndefined();
    expect(choose("OPTIONS", "/pets", ["GET /pets", "ANY /pets"])).toEqual(["ANY /pets", {}]);
  });

  it("takes no empty segment for a variable", () => {
    expect(choose("GET", "/pets/", ["GET /pets/{id}"])).toBeUndefined();
    expect(choose("GET", "/pets", ["GET /pets/"])).toBeUndefined();
  });
});

describe("decoding a path", () => {
  it.each([
    ["/x/space%20value", "/x/space value", "space value"],
    ["/x/question%3Fvalue", "/x/question", "question"],
    ["/x/hash%23value", "/x/hash#value", "hash#value"],
    ["/x/%CE%BB-%E4%B8%96", "/x/λ-世", "λ-世"],
    ["/x/literal%252Fvalue", "/x/literal/value", "literal/value"],
    ["/x/literal%253Fvalue", "/x/literal?value", "literal?value"],
    ["/x/literal%2525value", "/x/literal%value", "literal%value"],
  ])("happens twice, as live APIs do it: %s", (sent, path, variable) => {
    expect(matchRoute([{ key: "GET /x/{id}" }], "GET", sent)).toMatchObject({ path, pathParameters: { id: variable } });
  });

  it("makes two segments of an encoded slash", () => {
    expect(matchRoute([{ key: "GET /x/{id}" }], "GET", "/x/a%2Fb")).toBeUndefined();
  });

  it.each(["/x/%zz", "/x/percent%25done", "/x/%ff"])("refuses %s", (sent) => {
    expect(matchRoute([{ key: "$default" }], "GET", sent)).toBe("invalid");
  });
});
