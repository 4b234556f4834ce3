import { type Cart, CartItemPath, CartQuantity } from "#contract/cart";
import { bearerToken } from "#platform/bearer-token";
import { ConflictError, NotFoundError, NotSignedInError } from "#platform/errors";
import type { Routes } from "#platform/http-function";
import type { AccountsServices } from "./services";

export const routes: Routes<AccountsServices> = (app, { carts }) => {
  app.get("/cart", async ({ event }) => answer(await carts.read(tokenOf(event))));

  app.put(
    "/cart/items/:movieId",
    async ({ valid, event }) => {
      const { movieId } = valid.req.path;
      const result = await carts.put(tokenOf(event), movieId, valid.req.body.quantity);
      switch (result.outcome) {
        case "put":
          return answer(result.cart);
        case "no-session":
          return answer(undefined);
        case "no-such-film":
          throw new NotFoundError(`there is no film ${movieId}`);
        case "full":
          throw new ConflictError("the cart is full: take a film out first");
      }
    },
    { validation: { req: { path: CartItemPath, body: CartQuantity } } },
  );

  app.delete(
    "/cart/items/:movieId",
    async ({ valid, event }) => answer(await carts.remove(tokenOf(event), valid.req.path.movieId)),
    { validation: { req: { path: CartItemPath } } },
  );
};

/** The session's own, which let the request in. */
function tokenOf({ headers }: { readonly headers?: Parameters<typeof bearerToken>[0] }): string {
  return bearerToken(headers) ?? "";
}

function answer(cart: Cart | undefined): Response {
  if (cart === undefined) throw new NotSignedInError("the session has ended: sign in again");
  return Response.json(cart);
}
