/** What answers requests, behind a guard or not. */

import type { User } from "../../users/user.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { RequestContext } from "./context.ts";

/** A handler of requests. */
export type Handler<Row extends object = DjangoUserRow> = (
  request: Request,
  context: RequestContext<Row>,
) => Response | Promise<Response>;

/** A handler behind a guard: there is a user. */
export type UserHandler<Row extends object = DjangoUserRow> = (
  request: Request,
  context: RequestContext<Row>,
  user: User<Row>,
) => Response | Promise<Response>;
