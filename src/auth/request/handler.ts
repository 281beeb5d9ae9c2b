/** The types of request handlers, with and without a guard. */

import type { User } from "../../users/user.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { RequestContext } from "./context.ts";

/** Handles a request. */
export type Handler<Row extends object = DjangoUserRow> = (
  request: Request,
  context: RequestContext<Row>,
) => Response | Promise<Response>;

/** Handles a request behind a guard, which passes the user. */
export type UserHandler<Row extends object = DjangoUserRow> = (
  request: Request,
  context: RequestContext<Row>,
  user: User<Row>,
) => Response | Promise<Response>;
