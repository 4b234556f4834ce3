import { handler } from "../../lambdas/unmatched/handler";
import { invoke } from "../support/invoke";

describe("a request that matches no route", () => {
  it.each(["/", "/film", "/movies/", "/movies/1/2", "/%00", "/movies/42/../../etc"])("is 404 for %s", async (path) => {
    expect(await invoke(handler, "GET", path)).toEqual({
      status: 404,
      headers: { "content-type": "application/problem+json" },
      body: {
        type: "urn:larder:problem:not-found",
        title: "There is no such thing",
        status: 404,
        detail: `there is no ${path}`,
      },
    });
  });

  it.each(["POST", "PUT", "HEAD"])(
    "is 405 for %s on a path that has a route, with the methods it takes",
    async (method) => {
      expect(await invoke(handler, method, "/movies/42")).toMatchObject({
        status: 405,
        headers: { allow: "GET, PATCH, DELETE", "content-type": "application/problem+json" },
        body: { detail: `/movies/42 takes GET, PATCH, DELETE, not ${method}` },
      });
    },
  );

  it("is 204 for OPTIONS on a path that has a route: a browser asks so before it lets a page call", async () => {
    expect(await invoke(handler, "OPTIONS", "/movies/42")).toEqual({
      status: 204,
      headers: { allow: "GET, PATCH, DELETE, OPTIONS" },
      body: undefined,
    });
    expect((await invoke(handler, "OPTIONS", "/nothing")).status).toBe(404);
  });
});
