import fc from "fast-check";
import { maxCartLines } from "../../lambdas/contract/cart";
import { withLine, withoutLine } from "../../lambdas/shop/cart";
import { newSessionData, readSessionData } from "../../lambdas/shop/session-data";

describe("a cart", () => {
  it("holds each film once, with the quantity that was put last, in the order they came in", () => {
    const put = fc.tuple(
      fc.integer({ min: 1, max: 8 }),
      fc.option(fc.integer({ min: 1, max: 99 }), { nil: undefined }),
    );
    fc.assert(
      fc.property(fc.array(put), (puts) => {
        const expected = new Map<number, number>();
        let cart = newSessionData("user").cart;
        for (const [movieId, quantity] of puts) {
          if (quantity === undefined) expected.delete(movieId);
          else expected.set(movieId, quantity);
          cart = quantity === undefined ? withoutLine(cart, movieId) : withLine(cart, movieId, quantity)!;
        }
        expect(cart.map(({ movieId, quantity }) => [movieId, quantity])).toEqual([...expected]);
      }),
    );
  });

  it("takes no more films when it is full, but other quantities of those in it", () => {
    const full = Array.from({ length: maxCartLines }, (_, at) => ({ movieId: at + 1, quantity: 1 }));
    expect(withLine(full, 999, 1)).toBeUndefined();
    expect(withLine(full, 1, 5)?.[0]).toEqual({ movieId: 1, quantity: 5 });
    expect(withLine(withoutLine(full, 1), 999, 1)).toHaveLength(maxCartLines);
  });

  it("leaves what a newer release has put beside a line's quantity", () => {
    const gift = { movieId: 1, quantity: 1, giftFor: "Grace" };
    expect(withLine([gift], 1, 3)).toEqual([{ ...gift, quantity: 3 }]);
    expect(withoutLine([gift, { movieId: 2, quantity: 1 }], 2)).toEqual([gift]);
  });
});

describe("a session's data", () => {
  it("are read back as they were written, with what a newer release has added", () => {
    const data = { ...newSessionData("admin"), wishes: [7], cart: [{ movieId: 1, quantity: 200, giftFor: "Grace" }] };
    expect(readSessionData(JSON.parse(JSON.stringify(data)))).toEqual(data);
  });

  it("need no cart: there may have been a release without one", () => {
    expect(readSessionData({ version: 1, role: "user" })).toEqual(newSessionData("user"));
  });

  it.each([
    ["another version", { ...newSessionData("user"), version: 2 }],
    ["a role that this build doesn't know", { ...newSessionData("user"), role: "editor" }],
    ["no role", { version: 1, cart: [] }],
    ["a cart that is none", { version: 1, role: "user", cart: "full" }],
    ["nothing", null],
  ])("with %s are none", (_what, json) => {
    expect(readSessionData(json)).toBeUndefined();
  });
});
