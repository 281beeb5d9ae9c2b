/**
 * A WebSocket that reconnects according to djauth's close codes. Copy it into your own page.
 *
 *   4401                   the login has ended, or its session has a new key, which the browser may already have: retries
 *                          once immediately with the current cookies, and only then asks the user (`onSignedOut`)
 *   4403, 4409, 1008 …     never reconnects by itself
 *   4408, 4429, 1012,
 *   1013, 1006 …           reconnects after growing pauses with jitter, so that a restarting server is not overrun
 */

const SIGNED_OUT = 4401;
const NEVER = [1000, 1002, 1003, 1007, 1008, 1009, 4403, 4409];

// In milliseconds. A refused socket opens and closes immediately: a message, or this lifetime, proves that it was accepted.
const PROVEN_AFTER = 1000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/**
 * @typedef {object} SocketState
 * @property {"connecting" | "open" | "waiting" | "closed"} name
 * @property {number} [code] the close code of the last connection
 * @property {string} [reason]
 * @property {number} [pause] milliseconds until the next attempt, while waiting
 */

/**
 * @typedef {object} SocketHandlers
 * @property {(data: string) => void} onMessage
 * @property {(state: SocketState) => void} onState
 * @property {(reason: string) => boolean | Promise<boolean>} onSignedOut asks the user to log in; call `open()` after
 *   that. Returns `true` if the user is still signed in, as when another tab has just changed the password
 * @property {() => Promise<unknown>} [settled] waits for this page's requests that are about to change its cookies
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

  /** Connects or reconnects: at the start, and after a login. */
  open() {
    this.close();
    this.#failures = 0;
    this.#mayRetryAtOnce = true;
    this.#connect();
  }

  /** Closes the connection without reconnecting. */
  close() {
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = null;
  }

  /** Sends a string; returns `false` if there is no connection. */
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
    // Ignores a socket that this object has replaced or closed.
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
      // The first reason, why the login ended; the second refusal may only mean that the cookie is gone.
      if (!await this.#handlers.onSignedOut(this.#reason) || turn !== this.#turn) return;
    }
    // Half of the pause is random: thousands of pages that lost the same server must not reconnect at the same time.
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures) * (0.5 + Math.random() / 2);
    this.#failures += 1;
    this.#handlers.onState({ name: "waiting", code, reason, pause });
    this.#timer = setTimeout(() => this.#connect(), pause);
  }
}
