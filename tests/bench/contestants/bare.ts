/** The runtime's server without any question about who is there: what cannot be beaten. */

import { answerTo } from "../site.ts";
import { servePlainly } from "./contestant.ts";

const ANSWER = answerTo(1);

servePlainly({
  fetch: () => Response.json(ANSWER),
  admit: () => true,
});
