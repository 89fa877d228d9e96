/** What this browser keeps of ours, beyond the page: small things at once, messages in a database. */

const PREFIX = "parlour.shelf.";
const DATABASE = "parlour";
const STORE = "kept";

export const shelf = {
  read<T>(name: string): T | null {
    try {
      return JSON.parse(localStorage.getItem(PREFIX + name) ?? "null") as T | null;
    } catch {
      return null;
    }
  },

  /** Keeps a value; a browser that keeps nothing, or no more, is no fault. */
  keep(name: string, value: unknown): void {
    try {
      localStorage.setItem(PREFIX + name, JSON.stringify(value));
    } catch {
      // it holds until the page is closed
    }
  },

  drop(name: string): void {
    try {
      localStorage.removeItem(PREFIX + name);
    } catch {
      // nothing is kept here anyway
    }
  },

  /** Returns all values whose names begin so. */
  all<T>(start: string): T[] {
    try {
      return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX + start))
        .map((name) => JSON.parse(localStorage.getItem(name)!) as T);
    } catch {
      return [];
    }
  },

  /** Has `listener` called whenever another window changes or drops a value. */
  changed(name: string, listener: () => void): void {
    addEventListener("storage", (event) => { if (event.key === PREFIX + name) listener(); });
  },

  /** Forgets everything, as one does who signs out. */
  async clear(): Promise<void> {
    try {
      Object.keys(localStorage).filter((name) => name.startsWith(PREFIX)).forEach((name) => localStorage.removeItem(name));
    } catch {
      // nothing is kept here anyway
    }
    await cupboard.clear();
  },
};

let opened: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function within<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  try {
    const store = (await database()).transaction(STORE, mode).objectStore(STORE);
    const request = act(store);
    return await new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } catch {
    return null; // private windows and full disks: there is no copy, and the server has it all
  }
}

export const cupboard = {
  read: <T>(name: string) => within<T>("readonly", (store) => store.get(name) as IDBRequest<T>),
  keep: async (name: string, value: unknown) => void (await within("readwrite", (store) => store.put(value, name))),
  clear: async () => void (await within("readwrite", (store) => store.clear())),
};
