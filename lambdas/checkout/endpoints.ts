import { NewOrder, OrderHeaders, OrderPath, OrderSearch } from "#contract/orders";
import { bearerToken } from "#platform/bearer-token";
import {
  ConflictError,
  IdempotencyKeyReusedError,
  NotFoundError,
  NotSignedInError,
  OrderUnderWayError,
  PaymentDeclinedError,
} from "#platform/errors";
import type { Routes } from "#platform/http-function";
import { identityOf } from "#platform/identity";
import { problem } from "#platform/problem";
import type { CheckoutOutcome } from "#shop/checkout";
import type { CheckoutServices } from "./services";

export const routes: Routes<CheckoutServices> = (app, { checkout, orders }) => {
  app.post(
    "/orders",
    async ({ valid, event }) => {
      const { cartId } = valid.req.body;
      const { userId } = identityOf(event);
      const idempotencyKey = valid.req.headers["idempotency-key"];
      return answer(await checkout.order(bearerToken(event.headers) ?? "", { userId, idempotencyKey, cartId }));
    },
    { validation: { req: { headers: OrderHeaders, body: NewOrder } } },
  );

  app.get(
    "/orders",
    async ({ valid, event }) => Response.json(await orders.list(identityOf(event).userId, valid.req.query)),
    { validation: { req: { query: OrderSearch } } },
  );

  app.get(
    "/orders/:id",
    async ({ valid, event }) => {
      const { id } = valid.req.path;
      const order = await orders.one(identityOf(event).userId, id);
      if (order === undefined) throw new NotFoundError(`you have no order ${id}`);
      return Response.json(order);
    },
    { validation: { req: { path: OrderPath } } },
  );
};

function answer(result: CheckoutOutcome): Response {
  switch (result.outcome) {
    case "paid":
      return Response.json(result.order, { status: 201, headers: { location: `/orders/${result.order.id}` } });
    case "refused":
      throw new PaymentDeclinedError("nothing was charged: order the cart again by another key, to pay otherwise");
    case "no-session":
    case "no-user":
      throw new NotSignedInError("the session has ended: sign in again");
    case "empty-cart":
      throw new ConflictError("the cart is empty: put a film in first");
    case "other-cart":
      throw new ConflictError("this session has another cart: look at it again, and order it by its id");
    case "key-reused":
      throw new IdempotencyKeyReusedError("take a new key for each cart: this one's order stays as it is");
    case "under-way":
      throw new OrderUnderWayError("another request is ordering this cart: send the same request again");
    case "out-of-stock": {
      const { films } = result;
      const names = films.map(({ movieId, inStock }) => `${inStock} of film ${movieId}`).join(", ");
      return problem("out-of-stock", `the shop has only ${names}: nothing was ordered`, { members: { films } });
    }
  }
}
