/** The live connection as a machine of states: opens, comes back after a while, asks and is answered. No socket of its own. */

export type Status = "idle" | "connecting" | "open" | "waiting";

export type Socket = Pick<WebSocket, "send" | "close" | "onopen" | "onmessage" | "onclose">;

/** What the connection needs of the world. */
export interface World {
  socket(): Socket;
  later(act: () => void, milliseconds: number): unknown;
  never(timer: unknown): void;
  /** From 0 to 1. */
  chance(): number;
  /** Returns how a refusal is told, by its name and the server's words. */
  told(kind: string, text: string): string;
}

export interface Listener {
  status(status: Status): void;
  event(frame: Frame): void;
  /** The connection is there: say what is to be said first. */
  opened(): void;
  /** It ended; 4401 is the code of those who have to sign in anew, 0 that of a connection that never opened. */
  ended(code: number): void;
}

export type Frame = Record<string, unknown> & { event?: string; room?: string };

/** The server refused a command, by a name of docs/reference/errors.md. */
export class Refused extends Error {
  constructor(readonly kind: string, readonly status: number, message: string) {
    super(message);
  }
}

/** The connection ended, or was not there: what was asked may have been done, or not. */
export class Disconnected extends Error {}

const FIRST_PAUSE = 500; // milliseconds before the first try to come back
const LONGEST_PAUSE = 30_000;
const PING_EVERY = 25_000;
const PATIENCE = 12_000; // for a sign of life after a ping, or for a connection to open

interface Waiting {
  resolve(answer: unknown): void;
  reject(fault: Error): void;
}

export class Connection {
  status: Status = "idle";
  #socket: Socket | null = null;
  #waiting = new Map<number, Waiting>();
  #mark = 0;
  #failures = 0;
  #timer: unknown = null;
  #alive: unknown = null;

  constructor(private readonly world: World, private readonly listener: Listener) {}

  start(): void {
    if (this.status === "idle") this.#connect();
  }

  stop(): void {
    this.#forget();
    this.#become("idle");
  }

  /** Connects at once, if it waits to. */
  hurry(): void {
    if (this.status !== "waiting") return;
    this.world.never(this.#timer);
    this.#connect();
  }

  /** Makes sure that the other side is still there, for one who has reason to doubt it. */
  probe(): void {
    if (this.status === "open") this.#ping();
  }

  /** Sends a command; resolves with its answer.
   *
   * @throws Refused, Disconnected
   */
  ask<T>(command: string, content: Record<string, unknown> = {}): Promise<T> {
    const socket = this.#socket;
    if (!socket || this.status !== "open") return Promise.reject(new Disconnected());
    const id = ++this.#mark;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      socket.send(JSON.stringify({ do: command, id, ...content }));
    });
  }

  /** Sends a command whose answer nobody waits for. */
  tell(command: string, content: Record<string, unknown> = {}): void {
    this.ask(command, content).catch(() => undefined);
  }

  #connect(): void {
    this.#become("connecting");
    const socket = this.world.socket();
    this.#socket = socket;
    this.#timer = this.world.later(() => this.#lost(socket, 0), PATIENCE);
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = (event) => this.#take(socket, String(event.data));
    socket.onclose = (event) => this.#lost(socket, this.status === "open" ? event.code : 0);
  }

  #opened(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.world.never(this.#timer);
    this.#become("open");
    this.#rest();
    this.listener.opened();
  }

  #take(socket: Socket, text: string): void {
    if (socket !== this.#socket) return;
    this.#failures = 0; // only now: a connection that opens and ends at once is one that fails
    this.#rest();
    const frame = JSON.parse(text) as Frame;
    if (typeof frame["re"] === "number") this.#answered(frame["re"], frame);
    else if (frame.event) this.listener.event(frame);
  }

  #answered(mark: number, frame: Frame): void {
    const waiting = this.#waiting.get(mark);
    this.#waiting.delete(mark);
    const error = frame["error"] as { id: string; status: number; message: string } | undefined;
    if (error) waiting?.reject(new Refused(error.id, error.status, this.world.told(error.id, error.message)));
    else waiting?.resolve(frame["ok"]);
  }

  #rest(): void {
    this.world.never(this.#alive);
    this.#alive = this.world.later(() => this.#ping(), PING_EVERY);
  }

  #ping(): void {
    const socket = this.#socket;
    if (!socket || this.status !== "open") return;
    this.world.never(this.#alive);
    this.#alive = this.world.later(() => this.#lost(socket, 1006), PATIENCE);
    this.tell("ping");
  }

  #lost(socket: Socket, code: number): void {
    if (socket !== this.#socket) return;
    this.#forget();
    this.#failures += 1;
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#failures - 1));
    this.#timer = this.world.later(() => this.#connect(), longest * (0.5 + this.world.chance() / 2));
    this.#become("waiting");
    this.listener.ended(code);
  }

  #forget(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.world.never(this.#timer);
    this.world.never(this.#alive);
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    waiting.forEach((one) => one.reject(new Disconnected()));
  }

  #become(status: Status): void {
    this.status = status;
    this.listener.status(status);
  }
}
