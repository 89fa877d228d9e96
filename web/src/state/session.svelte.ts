/** Who is signed in here. */

import { api, ApiError, onSignedOut, useCsrf } from "../lib/api";
import { shelf } from "../lib/shelf";

export interface Session {
  person: { address: string; name: string };
  csrf: string;
  expires: string | null;
  password: boolean;
  roles: string[];
  limits: { message: number; story: number; file?: number };
  scopes: string[];
}

const SHELF = "session";
const PATIENCE = 1_500; // milliseconds to wait for a slow server before we go by what we knew
const LONGEST = 20_000; // and before it counts as not there

class SessionState {
  /** undefined: not known yet; null: nobody. */
  now = $state<Session | null | undefined>(undefined);
  /** Whether somebody was signed in here, and has to do it again: the page stays as it is below the sign-in. */
  expired = $state(false);
  /** Whether the server could not be asked, so that we go by what we knew. */
  presumed = $state(false);

  constructor() {
    onSignedOut(() => {
      if (this.now) this.expired = true;
      else this.now = null;
    });
    shelf.changed(SHELF, () => this.changedElsewhere());
  }

  /** Asks the server who we are. Without a connection, it is who it was the last time. */
  async load(): Promise<void> {
    const impatient = setTimeout(() => this.presume(), PATIENCE);
    try {
      await this.take(await api.get<Session>("/api/v1/session", {}, { quiet: true, signal: AbortSignal.timeout(LONGEST) }));
    } catch (fault) {
      if (!(fault instanceof ApiError)) throw fault;
      if (fault.status === 401) {
        if (this.now) this.expired = true;
        else this.now = null;
      } else {
        this.presume();
        this.now ??= null;
      }
    } finally {
      clearTimeout(impatient);
    }
  }

  private presume(): void {
    const kept = this.now ? null : shelf.read<Session>(SHELF);
    if (!kept) return;
    this.now = kept;
    this.presumed = true;
  }

  /** Another window of this browser signed in or out; all of them have the same session. */
  private changedElsewhere(): void {
    const theirs = shelf.read<Session>(SHELF);
    if (this.now && theirs?.person.address !== this.now.person.address) begin();
    else if (theirs && theirs.csrf !== this.now?.csrf) void this.load();
  }

  async signIn(address: string, password: string): Promise<void> {
    await this.take(await api.post<Session>("/api/v1/session", { address, password }, { quiet: true }));
  }

  async signOut(): Promise<void> {
    try {
      await api.delete("/api/v1/session");
    } catch (fault) {
      if (!(fault instanceof ApiError) || fault.offline) throw fault;
    }
    await shelf.clear();
    begin();
  }

  /** What somebody else left here is neither shown to this person nor sent in his name. */
  private async take(session: Session): Promise<void> {
    const last = shelf.read<Session>(SHELF);
    if (last && last.person.address !== session.person.address) await shelf.clear();
    if (this.now && this.now.person.address !== session.person.address) {
      shelf.keep(SHELF, session);
      return begin(); // nothing of what is in this page is for him
    }
    useCsrf(session.csrf);
    this.now = session;
    this.expired = false;
    this.presumed = false;
    shelf.keep(SHELF, session);
  }
}

/** Begins with an empty page. */
function begin(): void {
  location.assign("/");
}

export const session = new SessionState();
