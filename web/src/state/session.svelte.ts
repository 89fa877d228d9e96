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
  }

  /** Asks the server who we are. Without a connection, it is who it was the last time. */
  async load(): Promise<void> {
    try {
      await this.take(await api.get<Session>("/api/v1/session", {}, { quiet: true }));
    } catch (fault) {
      if (!(fault instanceof ApiError)) throw fault;
      if (fault.status === 401) {
        if (this.now) this.expired = true;
        else this.now = null;
      } else if (!this.now) {
        this.now = shelf.read<Session>(SHELF);
        this.presumed = this.now !== null;
      }
    }
  }

  async signIn(address: string, password: string): Promise<void> {
    const before = this.now?.person.address;
    const session = await api.post<Session>("/api/v1/session", { address, password }, { quiet: true });
    if (before && before !== session.person.address) {
      await this.take(session);
      location.assign("/");
      return;
    }
    await this.take(session);
  }

  async signOut(): Promise<void> {
    try {
      await api.delete("/api/v1/session");
    } catch (fault) {
      if (!(fault instanceof ApiError) || fault.offline) throw fault;
    }
    await shelf.clear();
    location.assign("/");
  }

  /** What somebody else left here is neither shown to this person nor sent in his name. */
  private async take(session: Session): Promise<void> {
    const last = shelf.read<Session>(SHELF);
    if (last && last.person.address !== session.person.address) await shelf.clear();
    useCsrf(session.csrf);
    this.now = session;
    this.expired = false;
    this.presumed = false;
    shelf.keep(SHELF, session);
  }
}

export const session = new SessionState();
