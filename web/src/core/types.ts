/** What the server speaks of, in its own words (docs/reference/websocket.md). */

export interface Person {
  address: string;
  name: string;
}

export interface Participant extends Person {
  duties: string[];
}

export interface Room {
  id: string;
  name: string;
  description: string;
  category: string;
  privacy: "Open" | "Closed" | "Secret";
  type: "Normal" | "Auditorium";
  disabled: boolean;
  files: boolean;
  history: boolean;
  addin: { name: string; url: string } | null;
}

export interface Message {
  number: number;
  author: string;
  name: string;
  at: string;
  text: string;
  title?: string;
  alert?: boolean;
  edited?: string;
  deleted?: boolean;
}

/** Messages that follow each other, oldest first, and whether there are others on either side. */
export interface Page {
  messages: Message[];
  earlier: boolean;
  later: boolean;
}

export interface Followed {
  room: Room;
  read: number;
  last: number;
  unread: number;
  mentions: number;
}

export type Right = "see" | "join" | "read" | "post" | "manage";

export interface RoomFacts {
  room: Room;
  may: Right[];
  following: boolean;
  asked: boolean;
  participants: number;
}

/** A place in a room's log: a new message, or one that was changed there. */
export interface Entry {
  number: number;
  message: Message;
}

export interface Joined {
  room: Room;
  last: number;
  first: number;
  may: Right[];
  participants: number;
  people: (Person & { duties?: string[] })[];
  page?: Page;
  missed?: Entry[];
  more?: boolean;
}

export interface Hit {
  room: { id: string; name: string };
  message: Message;
}

export interface Principal {
  name: string;
  display: string;
  kind: "person" | "group" | "container" | "domain";
}

export interface Draft {
  text: string;
  title?: string;
  alert?: boolean;
}
