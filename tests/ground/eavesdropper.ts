/** Hears what is sent over a channel, and knows when nothing more is to come. */

import postgres from "postgres";
import { type FeedMessage, parseFeedMessage } from "../../src/internal/feed_message.ts";

/** Somebody who listens to one channel. */
export interface Eavesdropper {
  /** Everything that was committed before this call and not answered by one before; in the order of the commits. */
  heard(): Promise<string[]>;
  /** The same, read. */
  messages(): Promise<(FeedMessage | null)[]>;
  close(): Promise<void>;
}

/** Starts to listen. */
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
    // Notifications arrive in the order of the commits: what comes after the mark was committed later.
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
