/** The runtime's server without authentication: the upper bound for everything else. */

import { answerTo } from "../site.ts";
import { servePlainly } from "./contestant.ts";

const ANSWER = answerTo(1);

servePlainly({
  fetch: () => Response.json(ANSWER),
  admit: () => true,
});
