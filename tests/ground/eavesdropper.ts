/** Records the notifications on a channel, and waits until all committed ones have arrived. */

import postgres from "postgres";
import { type FeedMessage, parseFeedMessage } from "../../src/internal/feed_message.ts";

/** A listener on one channel. */
export interface Eavesdropper {
  /** All payloads committed before this call and not returned by an earlier one, in commit order. */
  heard(): Promise<string[]>;
  /** The same, parsed. */
  messages(): Promise<(FeedMessage | null)[]>;
  close(): Promise<void>;
}

/** Starts listening. */
export async function eavesdrop(url: string, channel: string): Promise<Eavesdropper> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  let heard: string[] = [];
  let count = 0;
  let onMark: (mark: string) => void = () => {};
  await sql.listen(channel, (payload) => {
    if (payload.startsWith("mark ")) onMark(payload);
    else heard.push(payload);
  });
  async function answer(): Promise<string[]> {
    const mark = `mark ${++count}`;
    // Notifications arrive in commit order, so everything committed before the mark arrives before it.
    const arrived = new Promise<void>((resolve) => onMark = (seen) => seen === mark && resolve());
    await sql.notify(channel, mark);
    await arrived;
    const all = heard;
    heard = [];
    return all;
  }
  return {
    heard: answer,
    messages: async () => (await answer()).map(parseFeedMessage),
    close: () => sql.end(),
  };
}
