/** What somebody set for this browser alone. */

export type Theme = "system" | "light" | "dark";
export type Language = "en" | "de";
export type Notify = "all" | "mentions" | "none";

interface Kept {
  theme: Theme;
  language: Language;
  notify: Notify;
}

const KEY = "parlour.settings";

function read(): Partial<Kept> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Kept>;
  } catch {
    return {};
  }
}

class Settings {
  theme = $state<Theme>("system");
  language = $state<Language>("en");
  notify = $state<Notify>("mentions");

  constructor() {
    const kept = read();
    this.theme = kept.theme ?? "system";
    this.language = kept.language ?? (navigator.language.startsWith("de") ? "de" : "en");
    this.notify = kept.notify ?? "mentions";
  }

  /** Changes some of them, keeps them, and shows the page accordingly. */
  set(changes: Partial<Kept>): void {
    Object.assign(this, changes);
    try {
      localStorage.setItem(KEY, JSON.stringify({ theme: this.theme, language: this.language, notify: this.notify }));
    } catch {
      // a browser that keeps nothing: they hold until the page is closed
    }
    this.apply();
  }

  apply(): void {
    const root = document.documentElement;
    root.lang = this.language;
    if (this.theme === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = this.theme;
  }
}

export const settings = new Settings();
