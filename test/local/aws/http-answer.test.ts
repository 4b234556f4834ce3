import { httpAnswer } from "../../../local/aws/http-answer";

const answer = (result: unknown) => {
  const { status, headers, body } = httpAnswer(JSON.stringify(result)) ?? {};
  return { status, headers, body: body?.toString() };
};

describe("what a function returns", () => {
  it("is the body of a 200 in JSON when it has no status", () => {
    const json = { "content-type": "application/json" };
    expect(answer({ name: "Alien" })).toEqual({ status: 200, headers: json, body: '{"name":"Alien"}' });
    expect(answer("hello")).toEqual({ status: 200, headers: json, body: '"hello"' });
    expect(answer(null)).toEqual({ status: 200, headers: json, body: "null" });
  });

  it("is text where it names no type", () => {
    expect(answer({ statusCode: 201 })).toEqual({
      status: 201,
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: "",
    });
  });

  it("keeps its headers in lower case, without those of the connection, and each cookie apart", () => {
    const headers = { "Content-Type": "text/html", "X-Count": 3, Connection: "close", "Content-Length": "99" };
    expect(answer({ statusCode: 200, headers, cookies: ["a=1; Secure", "b=2"], body: "<p>" })).toEqual({
      status: 200,
      headers: { "content-type": "text/html", "x-count": "3", "set-cookie": ["a=1; Secure", "b=2"] },
      body: "<p>",
    });
  });

  it("is decoded from base64 where it says so", () => {
    expect(httpAnswer('{"statusCode":200,"body":"AP8=","isBase64Encoded":true}')?.body).toEqual(Buffer.from([0, 255]));
  });

  it.each([
    { statusCode: "no" },
    { statusCode: 99 },
    { statusCode: 200, body: {} },
    { statusCode: 200, headers: [1] },
    { statusCode: 200, headers: { "x-bad": "a\nb" } },
    { statusCode: 200, headers: { "no name": "" } },
    { statusCode: 200, cookies: ["a=\u0000"] },
  ])("is malformed: %j", (result) => {
    expect(httpAnswer(JSON.stringify(result))).toBeUndefined();
  });
});
