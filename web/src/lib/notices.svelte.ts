/** Short notices at the edge of the page, and words for screen readers alone. */

export interface Notice {
  id: number;
  text: string;
  bad: boolean;
  action?: { label: string; run: () => void };
}

class Notices {
  shown = $state<Notice[]>([]);
  spoken = $state("");
  #next = 1;

  /** Shows a notice for a while; screen readers read it as well. */
  say(text: string, how: { bad?: boolean; action?: Notice["action"] } = {}): void {
    const notice: Notice = { id: this.#next++, text, bad: how.bad ?? false, ...(how.action ? { action: how.action } : {}) };
    this.shown = [...this.shown.slice(-2), notice];
    setTimeout(() => this.dismiss(notice.id), how.bad || how.action ? 12_000 : 5_000);
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((one) => one.id !== id);
  }

  /** Has screen readers say something that others see anyway. */
  announce(text: string): void {
    this.spoken = this.spoken === text ? `${text}\u00a0` : text;
  }
}

export const notices = new Notices();
