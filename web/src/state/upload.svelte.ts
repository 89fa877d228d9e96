/** Sending a file to a room, with its progress. */

import { api, ApiError } from "../lib/api";
import { refusal as said } from "../lib/refusals";
import { roomPath } from "./room.svelte";

export class Upload {
  percent = $state(0);
  stopped = false;
  /** The request under way, if there is one yet. */
  request: XMLHttpRequest | null = null;

  constructor(readonly id: number, readonly room: string, readonly name: string) {}

  stop(): void {
    this.stopped = true;
    this.request?.abort();
  }
}

interface Kept {
  name: string;
  link: string;
}

let count = 0;

/** Sends a file; the message that leads to it is the caller's affair. */
export function sendFile(room: string, file: File): { progress: Upload; done: Promise<Kept> } {
  const name = file.name || `image.${file.type.split("/")[1] ?? "bin"}`;
  const progress = new Upload(count++, room, name);
  return { progress, done: send(room, file, name, progress) };
}

async function send(room: string, file: File, name: string, progress: Upload): Promise<Kept> {
  const { upload, link } = await api.post<{ upload: string; link: string }>(`${roomPath(room)}/files`, { name });
  if (progress.stopped) throw new ApiError("Stopped", 0, "");
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not tell how far it is
    progress.request = request;
    request.open("PUT", upload);
    request.upload.onprogress = (event) => { progress.percent = Math.round((100 * event.loaded) / Math.max(1, event.total)); };
    request.onload = () => (request.status < 300 ? resolve({ name, link }) : reject(refusal(request)));
    request.onerror = () => reject(new ApiError("Offline", 0, ""));
    request.onabort = () => reject(new ApiError("Stopped", 0, ""));
    request.send(file);
  });
}

function refusal(request: XMLHttpRequest): ApiError {
  try {
    const problem = JSON.parse(request.responseText) as { title: string; detail?: string };
    return new ApiError(problem.title, request.status, said(problem.title, problem.detail ?? problem.title));
  } catch {
    return new ApiError("Unknown", request.status, String(request.status));
  }
}
