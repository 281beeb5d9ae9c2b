/**
 * A WebSocket that knows what djauth's close codes mean and comes back as they say. Copy it into your own page.
 *
 *   4401                   the login has ended, or its session has a new key, which the browser may hold by now: once at
 *                          once with the cookies as they are, and only then ask the person (`onSignedOut`)
 *   4403, 4409, 1008 …     never by itself
 *   4408, 4429, 1012,
 *   1013, 1006 …           after a pause that grows, with jitter, so that a server which restarts is not stormed
 */

const SIGNED_OUT = 4401;
const NEVER = [1000, 1002, 1003, 1007, 1008, 1009, 4403, 4409];

// In milliseconds. A refused socket opens and closes at once: a message, or so long a life, shows that it was let in.
const PROVEN_AFTER = 1000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/**
 * @typedef {object} SocketState
 * @property {"connecting" | "open" | "waiting" | "closed"} name
 * @property {number} [code] with which the last connection was closed
 * @property {string} [reason]
 * @property {number} [pause] milliseconds until the next attempt, while waiting
 */

/**
 * @typedef {object} SocketHandlers
 * @property {(data: string) => void} onMessage
 * @property {(state: SocketState) => void} onState
 * @property {(reason: string) => boolean | Promise<boolean>} onSignedOut asks the person to log in, and `open()` is called
 *   after that; `true` when somebody is signed in after all, as in a tab that has just changed the password
 * @property {() => Promise<unknown>} [settled] waits for requests of this page that are about to change its cookies
 */

export class LiveSocket {
  #url;
  #handlers;
  #socket = null;
  #timer = 0;
  #turn = 0;
  #failures = 0;
  #mayRetryAtOnce = true;
  #reason = "";

  /**
   * @param {string | URL} url
   * @param {SocketHandlers} handlers
   */
  constructor(url, handlers) {
    this.#url = url;
    this.#handlers = handlers;
  }

  /** Connects, or connects anew: at the start, and after a login. */
  open() {
    this.close();
    this.#failures = 0;
    this.#mayRetryAtOnce = true;
    this.#connect();
  }

  /** Ends the connection and does not come back. */
  close() {
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = null;
  }

  /** Sends a text; `false` when there is no connection. */
  send(text) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  #connect() {
    const turn = ++this.#turn;
    const socket = this.#socket = new WebSocket(this.#url);
    let isProven = false;
    const prove = () => {
      if (isProven || turn !== this.#turn) return;
      isProven = true;
      this.#failures = 0;
      this.#mayRetryAtOnce = true;
      this.#handlers.onState({ name: "open" });
    };
    this.#handlers.onState({ name: "connecting" });
    socket.onopen = () => setTimeout(() => socket.readyState === WebSocket.OPEN && prove(), PROVEN_AFTER);
    socket.onmessage = ({ data }) => {
      prove();
      if (turn === this.#turn) this.#handlers.onMessage(data);
    };
    // A socket that was replaced or closed by us has nothing to say any more.
    socket.onclose = ({ code, reason }) => turn === this.#turn && this.#closed(code, reason);
  }

  async #closed(code, reason) {
    const turn = ++this.#turn;
    this.#socket = null;
    if (NEVER.includes(code)) return this.#handlers.onState({ name: "closed", code, reason });
    if (code === SIGNED_OUT) {
      this.#handlers.onState({ name: "closed", code, reason });
      await this.#handlers.settled?.();
      if (turn !== this.#turn) return;
      if (this.#mayRetryAtOnce) {
        this.#reason = reason;
        this.#mayRetryAtOnce = false;
        return this.#connect();
      }
      // Why the login ended; the second refusal may only say that the cookie is gone.
      if (!await this.#handlers.onSignedOut(this.#reason) || turn !== this.#turn) return;
    }
    // Half of the pause is left to chance: thousands of pages that lost the same server must not return as one.
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures) * (0.5 + Math.random() / 2);
    this.#failures += 1;
    this.#handlers.onState({ name: "waiting", code, reason, pause });
    this.#timer = setTimeout(() => this.#connect(), pause);
  }
}
